import { once } from "node:events";
import type { Socket } from "node:net";
import { type Latencies, measureExchanges, measureRequests } from "../loads/requests.js";
import {
  connectTo,
  countReceived,
  loadCommands,
  type Received,
  type ReceiveWindow,
  writeWithoutEnd,
} from "../loads/wire.js";
import { serveRole } from "../process/serve-role.js";

interface BulkOptions {
  readonly port: number;
  readonly streams: number;
}

/** What the load client can be asked. */
export type LoadClientOperations = typeof operations;

// What is read is counted and thrown away, so that all streams may read into the same memory.
const buffer = new Uint8Array(1_048_576);
const held: Socket[] = [];
let downloaded = 0;

async function hold({ port, streams }: BulkOptions, begin: (socket: Socket) => unknown): Promise<void> {
  for (let index = 0; index < streams; index++) {
    const socket = await connectTo(port);
    held.push(socket);
    await begin(socket);
  }
}

async function startDownload({ port, streams }: BulkOptions): Promise<void> {
  const callback = (length: number): boolean => {
    downloaded += length;
    return true;
  };
  const opening = Array.from({ length: streams }, () => connectTo(port, { buffer, callback }));
  for (const socket of await Promise.all(opening)) {
    held.push(socket);
    socket.write(new Uint8Array([loadCommands.down]));
  }
}

function stop(): void {
  for (const socket of held.splice(0)) socket.destroy();
}

const operations = {
  /** Downloads over several streams and counts what arrives within the window. */
  async download(options: BulkOptions & ReceiveWindow): Promise<Received> {
    try {
      await startDownload(options);
      return await countReceived(() => downloaded, options);
    } finally {
      stop();
    }
  },
  measureRequests(options: Parameters<typeof measureRequests>[0]): Promise<Latencies> {
    return measureRequests(options);
  },
  measureExchanges(options: Parameters<typeof measureExchanges>[0]): ReturnType<typeof measureExchanges> {
    return measureExchanges(options);
  },
  /** Starts uploads that go on until `stop`; the server counts. */
  startUpload(options: BulkOptions): Promise<void> {
    return hold(options, (socket) => {
      socket.write(new Uint8Array([loadCommands.up]));
      writeWithoutEnd(socket);
    });
  },
  /** Starts downloads that go on until `stop`. */
  startDownload(options: BulkOptions): Promise<void> {
    return startDownload(options);
  },
  /** Opens downloads and never reads from them, until `stop`. */
  holdUnread(options: BulkOptions): Promise<void> {
    return hold(options, (socket) => socket.pause().write(new Uint8Array([loadCommands.down])));
  },
  /** Opens echo connections, exchanges one byte on each, and leaves them idle until `stop`. */
  holdIdle(options: BulkOptions): Promise<void> {
    return hold(options, async (socket) => {
      const closed = once(socket, "close").then(() => Promise.reject(new Error("An idle stream was closed")));
      closed.catch(() => {});
      socket.write(new Uint8Array([loadCommands.echo, 0]));
      await Promise.race([once(socket, "data"), closed]);
    });
  },
  /** Destroys every socket that is still open. */
  stop(): void {
    stop();
  },
};
serveRole(operations);
