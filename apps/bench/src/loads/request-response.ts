import { once } from "node:events";
import { percentile } from "../report/statistics.js";
import { loadCommands, requestBytes } from "./commands.js";
import { connectTo } from "./connect.js";

export interface RequestResponseOptions {
  readonly port: number;
  /** How long to ask, in milliseconds. */
  readonly timeMs: number;
  /** Most requests before the clock starts; they take no longer than `timeMs`. */
  readonly warmUp: number;
}

/** Times of all requests of one run, in microseconds. */
export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/** One connection, one request at a time: the next leaves when the reply to the last is complete. */
export async function measureRequests(options: RequestResponseOptions): Promise<Latencies> {
  const socket = await connectTo(options.port);
  socket.write(new Uint8Array([loadCommands.echo]));
  const request = new Uint8Array(requestBytes);
  const times: number[] = [];
  const startedAt = performance.now();
  let endsAt = options.warmUp > 0 ? Number.POSITIVE_INFINITY : startedAt + options.timeMs;
  let missing = requestBytes;
  let unmeasured = options.warmUp;
  let sentAt = startedAt;
  socket.write(request);
  socket.on("data", (chunk: Uint8Array) => {
    missing -= chunk.length;
    if (missing > 0) return;
    const now = performance.now();
    if (unmeasured > 0) {
      unmeasured = now - startedAt > options.timeMs ? 0 : unmeasured - 1;
      if (unmeasured === 0) endsAt = now + options.timeMs;
    } else {
      times.push((now - sentAt) * 1_000);
    }
    if (now > endsAt) return void socket.destroy();
    missing = requestBytes;
    sentAt = now;
    socket.write(request);
  });
  // A chain that loses a request must not stop the bench: twice the planned time of warm-up and clock is the limit.
  const timer = setTimeout(() => socket.destroy(), options.timeMs * 4 + 2_000);
  await once(socket, "close");
  clearTimeout(timer);
  if (times.length === 0) throw new Error("No request was answered");
  return { count: times.length, p50: percentile(times, 50), p99: percentile(times, 99) };
}
