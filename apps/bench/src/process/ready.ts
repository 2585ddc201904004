import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { loadCommands } from "../loads/wire.js";

/** Longest wait, that of one attempt, and the pause between two, in milliseconds. */
const [timeoutMs, attemptMs, pauseMs] = [10_000, 1_000, 20];

/**
 * Loopback ports, all different, that were free a moment ago: for commands that cannot choose one themselves.
 * Between this call and theirs another process may take one: they then fail, and say so.
 */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/**
 * Waits until a loopback port accepts connections, or also until a byte comes back from a load server behind it.
 * Commands that do not say when they are ready are asked in this way.
 *
 * @throws Error if that takes longer than 10 s
 */
export async function waitUntilReady(port: number, event: "connect" | "data"): Promise<void> {
  for (const endsAt = performance.now() + timeoutMs; !(await attempt(port, event)); await sleep(pauseMs)) {
    if (performance.now() > endsAt) throw new Error(`No ${event} at port ${port} within ${timeoutMs} ms`);
  }
}

/** A chain that is not ready yet may refuse, or close the connection at once, which is no error. */
function attempt(port: number, event: "connect" | "data"): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true, timeout: attemptMs });
  return new Promise<boolean>((resolve) => {
    socket.once("connect", () => socket.write(new Uint8Array([loadCommands.echo, 0])));
    socket.once(event, () => resolve(true));
    socket.once("timeout", () => resolve(false)).once("close", () => resolve(false));
    socket.on("error", () => {});
  }).finally(() => socket.destroy());
}
