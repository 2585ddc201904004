import type { Socket } from "node:net";
import { type BulkOptions, downloadBulk, startDownload, startUpload } from "../loads/bulk.js";
import { loadCommands } from "../loads/commands.js";
import { connectTo } from "../loads/connect.js";
import { type ExchangeOptions, type Exchanges, measureExchanges } from "../loads/exchanges.js";
import type { Received, ReceiveWindow } from "../loads/receive-window.js";
import { type Latencies, measureRequests, type RequestResponseOptions } from "../loads/request-response.js";
import { serveRole } from "../process/serve-role.js";

/** What the load client can be asked. */
export interface LoadClientOperations {
  readonly [operation: string]: (params: never) => unknown;
  readonly download: (options: BulkOptions & ReceiveWindow) => Promise<Received>;
  readonly measureRequests: (options: RequestResponseOptions) => Promise<Latencies>;
  readonly measureExchanges: (options: ExchangeOptions) => Promise<Exchanges>;
  /** Starts uploads that go on until `stop`. */
  readonly startUpload: (options: BulkOptions) => Promise<void>;
  /** Starts downloads that go on until `stop`. */
  readonly startDownload: (options: BulkOptions) => Promise<void>;
  /** Opens downloads and never reads from them, until `stop`. */
  readonly holdUnread: (options: BulkOptions) => Promise<void>;
  /** Opens echo connections, exchanges one byte on each, and leaves them idle until `stop`. */
  readonly holdIdle: (options: BulkOptions) => Promise<void>;
  /** Destroys every socket that is still open. */
  readonly stop: (params: undefined) => void;
}

const held: Socket[] = [];

const operations: LoadClientOperations = {
  download: downloadBulk,
  measureRequests,
  measureExchanges,
  startUpload: async (options) => void held.push(...(await startUpload(options))),
  startDownload: async (options) => void held.push(...(await startDownload(options)).sockets),
  holdUnread: async ({ port, streams }) => {
    for (let index = 0; index < streams; index++) {
      const socket = await connectTo(port);
      socket.pause();
      socket.write(new Uint8Array([loadCommands.down]));
      held.push(socket);
    }
  },
  holdIdle: async ({ port, streams }) => {
    for (let index = 0; index < streams; index++) {
      const socket = await connectTo(port);
      held.push(socket);
      const answered = new Promise<void>((resolve, reject) => {
        socket.once("data", () => resolve());
        socket.once("close", () => reject(new Error(`Idle connection ${index} was closed`)));
      });
      socket.write(new Uint8Array([loadCommands.echo, 0]));
      await answered;
    }
  },
  stop: () => {
    for (const socket of held.splice(0)) socket.destroy();
  },
};
serveRole(operations);
