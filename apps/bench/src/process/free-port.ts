import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * Loopback ports, all different, that were free a moment ago: for commands that cannot choose one themselves.
 * Between this call and theirs another process may take one: they then fail, and say so.
 */
export async function findFreePorts(count: number): Promise<readonly [number, ...number[]]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  const [first = 0, ...rest] = ports;
  return [first, ...rest];
}
