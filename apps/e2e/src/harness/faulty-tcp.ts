import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onFinished } from "./on-finished.js";

/** An end of a path: the node that dialled it, or the one that listens. */
export type PathEnd = "dialler" | "listener";

/** A TCP path between two nodes that can break. It ends with the test. */
export interface FaultyTcp {
  readonly port: number;
  /** From now on nothing gets through, and nobody is told: what a pulled cable does. New connections hang too. */
  cut(): void;
  /** As `cut`, for the connections that are open now: their ends do not even hear that the other one died. New ones pass. */
  freeze(): void;
  /** As `cut`, for what one end sends over the connections that are open now; the other direction and new connections pass. */
  stall(sender: PathEnd): void;
  /** The cable is back: what waited goes on, and connections whose other end died meanwhile are closed. */
  heal(): void;
  /** Resets all connections that are open now. */
  reset(): void;
  /** Resets all connections that are open now for one end only; the other one hears nothing until `heal`. */
  halfOpen(informed: PathEnd): void;
  /** Delays what passes, in milliseconds each way. */
  delay(delayMs: number): void;
}

/** Why a socket is not read: a fault, or the other side of the path is full. */
type Hold = "fault" | "full";

/** One end's socket of a connection, and what joins it to the other end's. */
interface Side {
  readonly socket: Socket;
  readonly end: PathEnd;
  readonly holds: Set<Hold>;
  /** Its close is not told to the other end. */
  isFrozen: boolean;
  other: Side | undefined;
}

/** Starts a path to a loopback port. */
export async function startFaultyTcp(target: number): Promise<FaultyTcp> {
  const sides = new Set<Side>();
  let isCut = false;
  let delayMs = 0;
  const join = (from: Side, to: Side): void => {
    from.other = to;
    sides.add(from);
    from.socket.on("data", (chunk) => void setTimeout(() => pass(chunk, from, to), delayMs));
    from.socket.on("end", () => void setTimeout(() => to.socket.end(), delayMs));
    from.socket.on("error", () => {});
    from.socket.on("close", () => {
      sides.delete(from);
      if (!from.isFrozen) setTimeout(() => to.socket.destroy(), delayMs);
    });
    to.socket.on("drain", () => release(from, "full"));
    if (isCut) hold(from, "fault");
  };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const dialled = connect({ host: "127.0.0.1", port: target, noDelay: true, allowHalfOpen: true });
    const dialler = sideOf(socket, "dialler");
    const listener = sideOf(dialled, "listener");
    join(dialler, listener);
    join(listener, dialler);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onFinished(() => {
    for (const { socket } of sides) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      for (const side of sides) hold(side, "fault");
    },
    freeze: () => {
      for (const side of sides) freeze(side);
    },
    stall: (sender) => {
      for (const side of sides) if (side.end === sender) hold(side, "fault");
    },
    heal: () => {
      isCut = false;
      for (const side of sides) thaw(side);
    },
    reset: () => {
      for (const { socket } of sides) socket.resetAndDestroy();
    },
    halfOpen: (informed) => {
      for (const side of sides) freeze(side);
      for (const { socket, end } of sides) if (end === informed) socket.resetAndDestroy();
    },
    delay: (milliseconds) => {
      delayMs = milliseconds;
    },
  };
}

function sideOf(socket: Socket, end: PathEnd): Side {
  return { socket, end, holds: new Set(), isFrozen: false, other: undefined };
}

function pass(chunk: Buffer, from: Side, to: Side): void {
  if (to.socket.writable && !to.socket.write(chunk)) hold(from, "full");
}

function hold(side: Side, why: Hold): void {
  side.holds.add(why);
  side.socket.pause();
}

function release(side: Side, why: Hold): void {
  side.holds.delete(why);
  if (side.holds.size === 0) side.socket.resume();
}

function freeze(side: Side): void {
  side.isFrozen = true;
  hold(side, "fault");
}

function thaw(side: Side): void {
  const isOrphan = side.other?.isFrozen === true && side.other.socket.destroyed;
  if (isOrphan) side.socket.destroy();
  else release(side, "fault");
  side.isFrozen = false;
}
