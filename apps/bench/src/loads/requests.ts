import { once } from "node:events";
import { quantile } from "simple-statistics";
import { connectTo, exchangeBytes, loadCommands } from "./wire.js";

/** A request and its reply, in bytes: a keystroke or a small query. */
const requestBytes = 100;

/** Times of all requests of one run, in microseconds. */
export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/**
 * One connection, one request at a time: the next leaves when the reply to the last is complete.
 *
 * @param options `timeMs`: how long to ask; `warmUp`: most requests before the clock starts, which take no longer than `timeMs`
 * @throws Error when no request was answered
 */
export async function measureRequests(options: {
  readonly port: number;
  readonly timeMs: number;
  readonly warmUp: number;
}): Promise<Latencies> {
  const { port, timeMs, warmUp } = options;
  const socket = await connectTo(port);
  const request = new Uint8Array(requestBytes);
  const times: number[] = [];
  const startedAt = performance.now();
  let endsAt = warmUp > 0 ? Number.POSITIVE_INFINITY : startedAt + timeMs;
  let missing = requestBytes;
  let unmeasured = warmUp;
  let sentAt = startedAt;
  socket.write(new Uint8Array([loadCommands.echo]));
  socket.write(request);
  socket.on("data", (chunk: Uint8Array) => {
    missing -= chunk.length;
    if (missing > 0) return;
    const now = performance.now();
    if (unmeasured > 0) {
      unmeasured = now - startedAt > timeMs ? 0 : unmeasured - 1;
      if (unmeasured === 0) endsAt = now + timeMs;
    } else {
      times.push((now - sentAt) * 1_000);
    }
    if (now > endsAt) return void socket.destroy();
    missing = requestBytes;
    sentAt = now;
    socket.write(request);
  });
  // A chain that loses a request must not stop the bench: twice the planned time of warm-up and clock is the limit.
  const timer = setTimeout(() => socket.destroy(), timeMs * 4 + 2_000);
  await once(socket, "close");
  clearTimeout(timer);
  if (times.length === 0) throw new Error("No request was answered");
  return { count: times.length, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** Several clients at once open, send 1 KiB, take 1 KiB and close, again and again. `failed` broke, or gave less. */
export async function measureExchanges(options: {
  readonly port: number;
  readonly timeMs: number;
  readonly parallel: number;
}): Promise<{ readonly perSecond: number; readonly failed: number }> {
  const startedAt = performance.now();
  let [done, failed] = [0, 0];
  const client = async (): Promise<void> => {
    while (performance.now() < startedAt + options.timeMs) {
      if (await exchange(options.port)) done++;
      else failed++;
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, client));
  return { perSecond: done / ((performance.now() - startedAt) / 1_000), failed };
}

const exchangeRequest = new Uint8Array(1 + exchangeBytes).fill(loadCommands.exchange, 0, 1);

async function exchange(port: number): Promise<boolean> {
  try {
    const socket = await connectTo(port);
    let bytes = 0;
    socket.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
    });
    socket.setTimeout(10_000, () => socket.destroy());
    socket.write(exchangeRequest);
    await once(socket, "close");
    return bytes === exchangeBytes;
  } catch {
    return false;
  }
}
