import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the ports that systems give to connections and to listeners on port 0 (Linux from 32,768, others from 49,152):
 * whatever runs at the same time gets none of these by chance, neither before a command listens nor after it has ended.
 */
const [leastPort, endOfPorts] = [10_000, 32_768];

/** A loopback port on which nothing listens, at random: for commands whose port must be known beforehand. */
export async function freePort(): Promise<number> {
  const port = randomInt(leastPort, endOfPorts);
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return port;
  } catch {
    return await freePort();
  } finally {
    server.close();
  }
}

/** The port at the end of `host:port` or `/tcp/port`. */
export function portOf(address: string): number {
  return Number(/(\d+)$/.exec(address.trim())?.[1]);
}
