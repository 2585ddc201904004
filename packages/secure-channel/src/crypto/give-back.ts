import { MessageChannel, type MessagePort } from "node:worker_threads";

/** Takes over what it is sent, and lets it go at once. */
let nowhere: MessagePort | undefined;

/**
 * Gives memory back to the system before a collector would: one that has to be brought to look for it by every 64 MiB of records
 * takes as long as sealing them. The bytes are gone then. Does nothing to bytes that share a larger buffer.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return;
  // Since Node.js 21. Before, a port without another end serves.
  const { transfer } = buffer as ArrayBuffer & { transfer?: (bytes: number) => ArrayBuffer };
  if (transfer !== undefined) transfer.call(buffer, 0);
  else {
    nowhere ??= closedPort();
    nowhere.postMessage(undefined, [buffer]);
  }
}

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  return port1;
}
