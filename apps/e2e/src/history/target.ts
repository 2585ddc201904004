import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { onFinished } from "../harness/on-finished.js";
import { resetSocket } from "../harness/reset-socket.js";
import type { SideLog } from "./side-log.js";
import { decodeHeader, directionSeed, headerBytes, type StreamHeader } from "./stream-header.js";
import type { StreamHistory } from "./stream-history.js";
import { checkContent, sendContent, type TransferContext, write } from "./transfer.js";

/** The server that the outlet leads to: it does what each stream's header asks for, and checks what comes. */
export interface CheckingTarget {
  readonly port: number;
  /** Connections that are open. */
  readonly open: number;
  /** Stops listening and resets all connections. */
  goDown(): Promise<void>;
  /** Listens again on the same port. */
  comeBack(): Promise<void>;
}

/** Starts the server on a free loopback port. It ends with the program. */
export async function startCheckingTarget(
  history: StreamHistory,
  context: TransferContext,
): Promise<CheckingTarget> {
  const sockets = new Set<Socket>();
  const listen = async (port: number): Promise<Server> => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      serve(socket, history, context);
    });
    server.listen(port, "127.0.0.1", 1_024);
    await once(server, "listening");
    return server;
  };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  const goDown = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) resetSocket(socket);
    await closed;
  };
  onFinished(goDown);
  return {
    port,
    get open() {
      return sockets.size;
    },
    goDown,
    comeBack: async () => {
      server = await listen(port);
    },
  };
}

function serve(socket: Socket, history: StreamHistory, context: TransferContext): void {
  const log = history.openTarget(socket);
  let head: Buffer = Buffer.alloc(0);
  let stream: ServedStream | undefined;
  socket.on("data", (bytes: Buffer) => {
    log.receiving(bytes);
    if (stream !== undefined) return stream.take(bytes);
    head = Buffer.concat([head, bytes]);
    if (head.length < headerBytes) return;
    const header = decodeHeader(head);
    history.identify(log, header);
    if (header === undefined) return log.quitBy("aborted");
    stream = new ServedStream(header, log, context);
    if (head.length > headerBytes) stream.take(head.subarray(headerBytes));
  });
  log.whenEnded(() => {
    if (stream === undefined) log.quitBy("aborted");
    else stream.end();
  });
}

/** A stream whose header is known. */
class ServedStream {
  readonly #header: StreamHeader;
  readonly #log: SideLog;
  readonly #context: TransferContext;
  #received = 0;
  /** Writing of echoes, one after another. */
  #echoes: Promise<void> = Promise.resolve();

  constructor(header: StreamHeader, log: SideLog, context: TransferContext) {
    this.#header = header;
    this.#log = log;
    this.#context = context;
    if (header.mode === "at-once") void this.#download();
  }

  take(bytes: Buffer): void {
    checkContent(this.#log, this.#context.content, directionSeed(this.#header, "up"), this.#received, bytes);
    this.#received += bytes.length;
    if (this.#header.mode === "echo") this.#echo(bytes);
  }

  end(): void {
    const { mode, uploadBytes } = this.#header;
    if (this.#received !== uploadBytes) this.#log.quitBy("aborted");
    else if (mode === "answer") void this.#download();
    else if (mode === "echo") void this.#echoes.then(() => this.#end());
  }

  /** What a visitor sends is read only as fast as it reads what comes back. */
  #echo(bytes: Buffer): void {
    const { socket } = this.#log;
    socket.pause();
    this.#echoes = this.#echoes.then(async () => {
      if (!socket.writable) return;
      await write(this.#log, bytes);
      socket.resume();
    });
  }

  async #download(): Promise<void> {
    const sending = { seed: directionSeed(this.#header, "down"), length: this.#header.downloadBytes };
    await sendContent(this.#log, sending, this.#context);
    this.#end();
  }

  #end(): void {
    if (this.#log.socket.writable) this.#log.ending();
  }
}
