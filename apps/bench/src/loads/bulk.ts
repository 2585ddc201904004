import type { Socket } from "node:net";
import { writeWithoutEnd } from "./bulk-writer.js";
import { loadCommands } from "./commands.js";
import { connectTo } from "./connect.js";
import { countReceived, type Received, type ReceiveWindow } from "./receive-window.js";

/** A bulk load of several streams over one port. */
export interface BulkOptions {
  readonly port: number;
  readonly streams: number;
}

// What is read is counted and thrown away, so that all streams may read into the same memory.
const readBuffer = new Uint8Array(1_048_576);

/** Downloads over several streams and counts what arrives within the window. */
export async function downloadBulk(options: BulkOptions & ReceiveWindow): Promise<Received> {
  const { sockets, bytes } = await startDownload(options);
  try {
    return await countReceived(bytes, options);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

/** Starts downloads that go on until their sockets are destroyed. */
export async function startDownload(
  options: BulkOptions,
): Promise<{ sockets: Socket[]; bytes: () => number }> {
  let bytes = 0;
  const count = (length: number): boolean => {
    bytes += length;
    return true;
  };
  const sockets = await connectAll(options, () =>
    connectTo(options.port, { buffer: readBuffer, callback: count }),
  );
  for (const socket of sockets) socket.write(new Uint8Array([loadCommands.down]));
  return { sockets, bytes: () => bytes };
}

/** Starts uploads that go on until their sockets are destroyed; the server counts. */
export async function startUpload(options: BulkOptions): Promise<Socket[]> {
  const sockets = await connectAll(options, () => connectTo(options.port));
  for (const socket of sockets) {
    socket.write(new Uint8Array([loadCommands.up]));
    writeWithoutEnd(socket);
  }
  return sockets;
}

function connectAll(options: BulkOptions, open: () => Promise<Socket>): Promise<Socket[]> {
  return Promise.all(Array.from({ length: options.streams }, open));
}
