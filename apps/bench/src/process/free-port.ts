import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * A loopback port that was free a moment ago, for commands that cannot choose one themselves.
 * Between this call and theirs another process may take it: they then fail, and say so.
 */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
