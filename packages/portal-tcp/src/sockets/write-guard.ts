import type { Socket } from "node:net";

type Done = (error?: Error | null) => void;

/**
 * Keeps a socket readable when a write fails, and calls `onFailed` once.
 * A server that answers early and closes makes the next write fail, and Node then destroys the socket with the answer unread.
 * What is written afterwards is thrown away; that the connection is over, reading will tell behind the last byte.
 */
export function guardWrites(socket: Socket, onFailed: (error: Error) => void): void {
  let hasFailed = false;
  const guarded = (done: Done): Done => {
    return (error) => {
      if (error && !hasFailed) {
        hasFailed = true;
        onFailed(error);
      }
      done();
    };
  };
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  socket._write = (chunk, encoding, done) => (hasFailed ? done() : write(chunk, encoding, guarded(done)));
  if (writev === undefined) return;
  socket._writev = (chunks, done) => (hasFailed ? done() : writev(chunks, guarded(done)));
}
