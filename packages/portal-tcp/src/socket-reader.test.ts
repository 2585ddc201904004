import { describe, expect, it } from "vitest";
import { socketReadBytes } from "./limits.js";
import { SendBuffer } from "./send-buffer.js";
import { SocketReader } from "./socket-reader.js";

/** What the platform does: asks for a buffer, fills it, tells how much. */
function read(reader: SocketReader, count: number, fill: number): Uint8Array {
  const { buffer, callback } = reader.onread;
  const space = (buffer as () => Uint8Array)();
  space.fill(fill, 0, count);
  callback(count, space);
  return space;
}

describe("SocketReader", () => {
  it("hands on bytes that later reads, also of other sockets, leave alone", () => {
    const taken: Uint8Array[] = [];
    const readers = Array.from({ length: 3 }, () => new SocketReader((bytes) => taken.push(bytes)));
    const counts = [1, 5_000, socketReadBytes, socketReadBytes, socketReadBytes / 2, 10, socketReadBytes, 1];
    const expected: [number, number][] = [];
    let fill = 0;
    for (const count of counts) {
      for (const reader of readers) {
        read(reader, count, ++fill);
        expected.push([count, fill]);
      }
    }
    for (const [index, bytes] of taken.entries()) {
      const [count, value] = expected[index] as [number, number];
      expect(bytes.length).toBe(count);
      expect(bytes.every((byte) => byte === value)).toBe(true);
    }
    for (const reader of readers) reader.close();
  });

  it("reads into the same buffer again when the other end has the bytes", () => {
    const sent = new SendBuffer();
    const reader = new SocketReader((bytes) => sent.append(bytes));
    const used = Array.from({ length: 4 }, () => {
      const space = read(reader, socketReadBytes, 1);
      sent.release(sent.end);
      return space.buffer;
    });
    expect(used[3]).toBe(used[1]);
    reader.close();
  });

  it("never reads into a buffer that another socket used", () => {
    const sent = new SendBuffer();
    const readers = Array.from({ length: 2 }, () => new SocketReader((bytes) => sent.append(bytes)));
    const used = readers.map((reader) => {
      const buffers = Array.from({ length: 4 }, () => read(reader, socketReadBytes, 1).buffer);
      sent.release(sent.end);
      return new Set(buffers.slice(1));
    });
    const [first, second] = used as [Set<ArrayBufferLike>, Set<ArrayBufferLike>];
    for (const buffer of second) expect(first.has(buffer)).toBe(false);
    for (const reader of readers) reader.close();
  });
});
