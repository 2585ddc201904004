import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A TCP path between two nodes that can break. It ends with the test. */
export interface FaultyTcp {
  readonly port: number;
  /** From now on nothing gets through, and nobody is told: what a pulled cable does. New connections hang too. */
  cut(): void;
  /** As `cut`, for the connections that are open now: their ends do not even hear that the other one died. New ones pass. */
  freeze(): void;
  /** The cable is back: what waited goes on. */
  heal(): void;
  /** Resets all connections that are open now. */
  reset(): void;
  /** Delays what passes, in milliseconds each way. */
  delay(delayMs: number): void;
}

/** Starts a path to a loopback port. */
export async function startFaultyTcp(target: number): Promise<FaultyTcp> {
  const sockets = new Set<Socket>();
  const frozen = new WeakSet<Socket>();
  let isCut = false;
  let delayMs = 0;
  const relay = (from: Socket, to: Socket): void => {
    from.on("data", (chunk) => void setTimeout(() => to.writable && to.write(chunk), delayMs));
    from.on("end", () => void setTimeout(() => to.end(), delayMs));
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      if (!frozen.has(from)) setTimeout(() => to.destroy(), delayMs);
    });
    sockets.add(from);
    if (isCut) from.pause();
  };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (inner) => {
    const outer = connect({ host: "127.0.0.1", port: target, noDelay: true, allowHalfOpen: true });
    relay(inner, outer);
    relay(outer, inner);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    freeze: () => {
      for (const socket of sockets) frozen.add(socket.pause());
    },
    heal: () => {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    delay: (milliseconds) => {
      delayMs = milliseconds;
    },
  };
}
