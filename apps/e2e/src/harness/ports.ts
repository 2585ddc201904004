import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A loopback port that was free a moment ago: for commands whose port must be known beforehand. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The port at the end of `host:port` or `/tcp/port`. */
export function portOf(address: string): number {
  return Number(/(\d+)$/.exec(address.trim())?.[1]);
}
