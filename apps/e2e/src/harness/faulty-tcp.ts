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

/** One end's socket of a connection. It is read while neither a fault nor a full socket at the other end keeps it. */
class Side {
  readonly socket: Socket;
  readonly end: PathEnd;
  /** Its close is not told to the other end. */
  isFrozen = false;
  isHeld = false;
  isFull = false;

  constructor(socket: Socket, end: PathEnd) {
    this.socket = socket.on("error", () => {});
    this.end = end;
  }

  update(change: Partial<Pick<Side, "isFrozen" | "isHeld" | "isFull">>): void {
    Object.assign(this, change);
    if (this.isHeld || this.isFull) this.socket.pause();
    else this.socket.resume();
  }
}

/** What becomes of bytes that one end sent, those from an offset on: they go on to the other end, changed or not. Nothing does not. */
export type Lie = (bytes: Buffer, offset: number, to: Socket) => Buffer | undefined;

/**
 * Starts a path to a loopback port. Default of `lies`, by the end that sends: what comes goes on.
 *
 * @param from the loopback address from which it connects to that port
 */
export async function startFaultyTcp(
  target: number,
  lies: Readonly<Partial<Record<PathEnd, Lie>>> = {},
  from: () => string = () => "127.0.0.1",
): Promise<FaultyTcp> {
  const pairs = new Map<Side, Side>();
  let isCut = false;
  let delayMs = 0;
  const join = (from: Side, to: Side): void => {
    pairs.set(from, to);
    const lie = lies[from.end];
    let offset = 0;
    from.socket.on("data", (chunk: Buffer) => {
      setTimeout(() => {
        const passed = lie === undefined ? chunk : lie(chunk, offset, to.socket);
        offset += chunk.length;
        if (passed !== undefined && to.socket.writable && !to.socket.write(passed))
          from.update({ isFull: true });
      }, delayMs);
    });
    from.socket.on("end", () => void setTimeout(() => to.socket.end(), delayMs));
    from.socket.on("close", () => {
      pairs.delete(from);
      if (!from.isFrozen) setTimeout(() => to.socket.destroy(), delayMs);
    });
    to.socket.on("drain", () => from.update({ isFull: false }));
    if (isCut) from.update({ isHeld: true });
  };
  const options = { noDelay: true, allowHalfOpen: true };
  const server = createServer(options, (socket) => {
    const dialler = new Side(socket, "dialler");
    const listener = new Side(
      connect({ host: "127.0.0.1", port: target, localAddress: from(), ...options }),
      "listener",
    );
    join(dialler, listener);
    join(listener, dialler);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onFinished(() => {
    for (const { socket } of pairs.keys()) socket.destroy();
    server.close();
  });
  const each = (change: Parameters<Side["update"]>[0], end?: PathEnd): void => {
    for (const side of pairs.keys()) if (end === undefined || side.end === end) side.update(change);
  };
  const reset = (end?: PathEnd): void => {
    for (const side of [...pairs.keys()])
      if (end === undefined || side.end === end) side.socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      each({ isHeld: true });
    },
    stall: (sender) => each({ isHeld: true }, sender),
    heal: () => {
      isCut = false;
      for (const [side, other] of [...pairs])
        if (other.isFrozen && other.socket.destroyed) side.socket.destroy();
      each({ isFrozen: false, isHeld: false });
    },
    reset: () => reset(),
    halfOpen: (informed) => {
      each({ isFrozen: true, isHeld: true });
      reset(informed);
    },
    delay: (milliseconds) => {
      delayMs = milliseconds;
    },
  };
}
