import { once } from "node:events";
import { connect, type OnReadOpts, type Socket, type TcpNetConnectOpts } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** The first byte of each connection tells the load server what it is for. */
export const loadCommands = {
  /** The client sends, the server counts. */
  up: 0x55,
  /** The server sends without end. */
  down: 0x44,
  /** The server sends back what it gets. */
  echo: 0x45,
  /** The client sends {@link exchangeBytes}, the server answers with as many and ends. */
  exchange: 0x43,
} as const;

/** Each way of an exchange, in bytes. */
export const exchangeBytes = 1_024;

/** How much a bulk sender hands to its socket before it waits, in bytes. */
export const bulkHighWaterMark = 1_048_576;

/** One write of a bulk load, of 256 KiB: large, so that the load costs little beside the chain. */
const block: Uint8Array = new Uint8Array(262_144).map((_, index) => index & 0xff);

/** When to count: the ramp lets windows and compilers settle and is not counted. In milliseconds. */
export interface ReceiveWindow {
  readonly rampMs: number;
  readonly timeMs: number;
}

/** Bytes that arrived in a time. The receiver's own clock is read, so a late timer changes nothing. */
export interface Received {
  readonly bytes: number;
  readonly seconds: number;
}

/** Connects to a loopback port. An error after that ends the socket and is seen as its close. */
export async function connectTo(port: number, onread?: OnReadOpts): Promise<Socket> {
  // A socket hands its options on to its stream; the types do not say so.
  const options: TcpNetConnectOpts & { readonly writableHighWaterMark: number } = {
    host: "127.0.0.1",
    port,
    noDelay: true,
    writableHighWaterMark: bulkHighWaterMark,
    ...(onread === undefined ? {} : { onread }),
  };
  const socket = connect(options);
  await once(socket, "connect");
  return socket.on("error", () => {});
}

/** Writes as fast as the socket takes it, until the socket is gone. */
export function writeWithoutEnd(socket: Socket): void {
  const fill = (): void => {
    while (socket.writable && socket.write(block)) {
      // Until the socket asks to wait.
    }
  };
  socket.on("drain", fill);
  fill();
}

/** Counts what arrives within the window. */
export async function countReceived(bytesSoFar: () => number, window: ReceiveWindow): Promise<Received> {
  await sleep(window.rampMs);
  const [bytes, time] = [bytesSoFar(), performance.now()];
  await sleep(window.timeMs);
  return { bytes: bytesSoFar() - bytes, seconds: (performance.now() - time) / 1_000 };
}
