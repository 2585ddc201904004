import { connect, createServer } from "node:net";

// A transport as somebody outside would write it: length-prefixed frames over socket files. It imports nothing of Culvert.

const maxFrameBytes = 1_114_112;

/** @param {{ maxConnections?: number }} options */
export function pipe({ maxConnections = 64 } = {}) {
  return {
    name: "pipe",
    capabilities: { reliable: true, ordered: true, maxFrameBytes },
    dial: (where) =>
      new Promise((resolve, reject) => {
        const socket = connect(where);
        socket.once("error", reject).once("connect", () => resolve(new PipeConnection(socket, where)));
      }),
    listen: (where, { onConnection }) =>
      new Promise((resolve, reject) => {
        const open = new Set();
        let accepted = 0;
        const server = createServer((socket) => {
          const connection = new PipeConnection(socket, `visitor-${++accepted}`);
          open.add(connection);
          socket.once("close", () => open.delete(connection));
          onConnection(connection);
        });
        server.maxConnections = maxConnections;
        const close = async () => {
          const closed = new Promise((done) => void server.close(done));
          await Promise.all([...open].map((connection) => connection.close()));
          await closed;
        };
        server.once("error", reject).listen(where, () => {
          resolve({ where, stopAccepting: () => void server.close(), close, [Symbol.asyncDispose]: close });
        });
      }),
  };
}

class PipeConnection {
  localWhere = "here";
  #socket;
  #buffer = Buffer.alloc(0);

  constructor(socket, remoteWhere) {
    this.#socket = socket.on("error", () => {});
    this.remoteWhere = remoteWhere;
  }

  start({ onFrame, onClose }) {
    const closed = () => onClose(undefined);
    if (this.#socket.destroyed) return void setImmediate(closed);
    this.#socket.once("close", closed);
    this.#socket.on("data", (part) => {
      this.#buffer = Buffer.concat([this.#buffer, part]);
      while (this.#buffer.length >= 4 && this.#buffer.length >= 4 + this.#buffer.readUInt32BE(0)) {
        const end = 4 + this.#buffer.readUInt32BE(0);
        const frame = Uint8Array.from(this.#buffer.subarray(4, end));
        this.#buffer = this.#buffer.subarray(end);
        void onFrame(frame);
      }
    });
  }

  send(parts, release) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(parts.reduce((sum, part) => sum + part.length, 0));
    const isFlowing = this.#socket.write(Buffer.concat([head, ...parts]));
    release?.();
    if (isFlowing || this.#socket.destroyed) return undefined;
    return new Promise((resolve) => {
      this.#socket.once("drain", resolve).once("close", resolve);
    });
  }

  close() {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve();
      this.#socket.once("close", resolve).end();
      setTimeout(() => this.#socket.destroy(), 1000).unref();
    });
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }
}
