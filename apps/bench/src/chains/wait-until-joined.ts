import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { loadCommands } from "../loads/commands.js";

const joinTimeoutMs = 10_000;
const attemptMs = 1_000;
const pauseMs = 20;

/**
 * Waits until a byte sent into each of these loopback ports comes back from a load server behind it.
 * Commands that do not say when they are ready are asked in this way.
 *
 * @throws Error if that takes longer than 10 s
 */
export async function waitUntilJoined(ports: readonly number[]): Promise<void> {
  await Promise.all(ports.map((port) => waitFor(`Port ${port} leads to no server`, () => echoes(port))));
}

/**
 * Waits until a loopback port accepts connections.
 *
 * @throws Error if that takes longer than 10 s
 */
export async function waitUntilListening(port: number): Promise<void> {
  await waitFor(`Nothing listens on port ${port}`, () => attempt(port, "connect"));
}

function echoes(port: number): Promise<boolean> {
  return attempt(port, "data");
}

async function waitFor(failure: string, succeeds: () => Promise<boolean>): Promise<void> {
  for (const endsAt = performance.now() + joinTimeoutMs; !(await succeeds()); await sleep(pauseMs)) {
    if (performance.now() > endsAt) throw new Error(`${failure} after ${joinTimeoutMs} ms`);
  }
}

async function attempt(port: number, event: "connect" | "data"): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  socket.on("connect", () => {
    if (event === "data") socket.write(new Uint8Array([loadCommands.echo, 0]));
  });
  try {
    await once(socket, event, { signal: AbortSignal.any([AbortSignal.timeout(attemptMs), closed(socket)]) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A chain that is not ready yet may close the connection at once, which is no error. */
function closed(socket: Socket): AbortSignal {
  const controller = new AbortController();
  socket.once("close", () => controller.abort());
  return controller.signal;
}
