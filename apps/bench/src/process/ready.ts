import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { loadCommands } from "../loads/wire.js";

const joinTimeoutMs = 10_000;
const attemptMs = 1_000;
const pauseMs = 20;

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

/**
 * Waits until a byte sent into each of these loopback ports comes back from a load server behind it.
 * Commands that do not say when they are ready are asked in this way.
 *
 * @throws Error if that takes longer than 10 s
 */
export async function waitUntilJoined(ports: readonly number[]): Promise<void> {
  await Promise.all(ports.map((port) => waitFor(`Port ${port} leads to no server`, port, "data")));
}

/** Waits until a loopback port accepts connections, as {@link waitUntilJoined} does. */
export function waitUntilListening(port: number): Promise<void> {
  return waitFor(`Nothing listens on port ${port}`, port, "connect");
}

async function waitFor(failure: string, port: number, event: "connect" | "data"): Promise<void> {
  const endsAt = performance.now() + joinTimeoutMs;
  while (!(await attempt(port, event))) {
    if (performance.now() > endsAt) throw new Error(`${failure} after ${joinTimeoutMs} ms`);
    await sleep(pauseMs);
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
