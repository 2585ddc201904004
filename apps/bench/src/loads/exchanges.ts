import { once } from "node:events";
import { exchangeBytes, loadCommands } from "./commands.js";
import { connectTo } from "./connect.js";

export interface ExchangeOptions {
  readonly port: number;
  readonly timeMs: number;
  /** How many clients open connections at the same time. */
  readonly parallel: number;
}

export interface Exchanges {
  readonly perSecond: number;
  /** Connections that broke, or gave less than they should. */
  readonly failed: number;
}

/** Opens, sends 1 KiB, takes 1 KiB, closes; again and again, by several clients at once. */
export async function measureExchanges(options: ExchangeOptions): Promise<Exchanges> {
  const startedAt = performance.now();
  const endsAt = startedAt + options.timeMs;
  let done = 0;
  let failed = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      if (await exchange(options.port)) done++;
      else failed++;
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, client));
  return { perSecond: done / ((performance.now() - startedAt) / 1_000), failed };
}

const request = new Uint8Array(1 + exchangeBytes).fill(loadCommands.exchange, 0, 1);

async function exchange(port: number): Promise<boolean> {
  try {
    const socket = await connectTo(port);
    let bytes = 0;
    socket.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
    });
    socket.setTimeout(10_000, () => socket.destroy());
    socket.write(request);
    await once(socket, "close");
    return bytes === exchangeBytes;
  } catch {
    return false;
  }
}
