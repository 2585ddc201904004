import { headerBytes, kinds, writeHeader } from "./datagram.js";

/** Length of what a fragment's body begins with: frame number, frame length, index and count, in bytes. */
export const fragmentHeaderBytes = 12;

/** The datagrams of one frame: one, or several when it is longer than `datagramBytes`. The parts are copied. */
export function splitFrame(
  parts: readonly Uint8Array[],
  frameBytes: number,
  {
    id,
    number,
    datagramBytes,
  }: { readonly id: string; readonly number: number; readonly datagramBytes: number },
): Buffer[] {
  if (frameBytes <= datagramBytes) return [wholeFrame(parts, frameBytes, id)];
  const frame = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts, frameBytes);
  const count = Math.ceil(frameBytes / datagramBytes);
  const size = fragmentSize(frameBytes, count);
  const datagrams: Buffer[] = [];
  // One buffer for all, and of its own: a slice of the shared pool would keep more alive than the queue counts.
  const memory = Buffer.allocUnsafeSlow(frameBytes + count * (headerBytes + fragmentHeaderBytes));
  let end = 0;
  for (let index = 0; index < count; index++) {
    const piece = frame.subarray(index * size, (index + 1) * size);
    const start = end;
    end += headerBytes + fragmentHeaderBytes + piece.length;
    const datagram = memory.subarray(start, end);
    let at = writeHeader(datagram, 0, kinds.fragment, id);
    at = datagram.writeUInt32BE(number, at);
    at = datagram.writeUInt32BE(frameBytes, at);
    at = datagram.writeUInt16BE(index, at);
    at = datagram.writeUInt16BE(count, at);
    datagram.set(piece, at);
    datagrams.push(datagram);
  }
  return datagrams;
}

/** Length of every fragment but the last, in bytes. */
export function fragmentSize(frameBytes: number, count: number): number {
  return Math.ceil(frameBytes / count);
}

function wholeFrame(parts: readonly Uint8Array[], frameBytes: number, id: string): Buffer {
  const datagram = Buffer.allocUnsafeSlow(headerBytes + frameBytes);
  let at = writeHeader(datagram, 0, kinds.frame, id);
  for (const part of parts) {
    datagram.set(part, at);
    at += part.length;
  }
  return datagram;
}
