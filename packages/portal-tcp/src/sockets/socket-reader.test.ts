import { ChunkPool } from "@x/stream/inner";
import { describe, expect, it } from "vitest";
import { type ByteTaker, SocketReader } from "./socket-reader.js";

const large = new ChunkPool().common.length;

/** What the platform does: asks for a buffer, fills it, tells how much. */
function read(reader: SocketReader, count: number, fill: number): Uint8Array {
  const { buffer, callback } = reader.onread;
  const space = (buffer as () => Uint8Array)();
  space.fill(fill, 0, count);
  callback(count, space);
  return space;
}

/** Keeps all bytes, and what gives them back. */
function keeper(): { taker: ByteTaker; taken: Uint8Array[]; releases: (() => void)[] } {
  const taken: Uint8Array[] = [];
  const releases: (() => void)[] = [];
  const taker: ByteTaker = {
    write: (bytes, release) => {
      taken.push(bytes);
      if (release !== undefined) releases.push(release);
    },
    writeCopy: (bytes) => taken.push(new Uint8Array(bytes)),
  };
  return { taker, taken, releases };
}

describe("SocketReader", () => {
  it("hands on bytes that later reads, also of other sockets, leave alone", () => {
    const pool = new ChunkPool();
    const { taker, taken } = keeper();
    const readers = Array.from({ length: 3 }, () => new SocketReader(pool, taker));
    const counts = [1, 5_000, large, large, large / 2, 10, large, 1];
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

  it("reads into the same memory again once it was released, whichever socket's it was", () => {
    const pool = new ChunkPool();
    const { taker, releases } = keeper();
    const [one, other] = [new SocketReader(pool, taker), new SocketReader(pool, taker)];
    read(one, large, 1);
    const used = read(one, large, 1).buffer;
    const before = [read(other, large, 1).buffer, read(other, large, 1).buffer];
    expect(before).not.toContain(used);
    for (const release of releases.splice(0)) release();
    read(other, large, 1);
    const after = [read(other, large, 1).buffer, read(other, large, 1).buffer];
    expect(after).toContain(used);
    one.close();
    other.close();
  });

  it("lets 32 sockets of a node read into memory of their own, and gives it back when they are closed", () => {
    const pool = new ChunkPool();
    const { taker, taken } = keeper();
    const readers = Array.from({ length: 33 }, () => new SocketReader(pool, taker));
    for (const reader of readers) for (let turn = 0; turn < 2; turn++) read(reader, large, 1);
    // The last one copies its second read as well.
    expect(new Set(taken.map((bytes) => bytes.buffer)).size).toBe(66);
    expect(pool.borrow()).toBeUndefined();
    for (const reader of readers) reader.close();
    for (const reader of readers) reader.close();
    expect(pool.borrow()).toBeDefined();
    expect(pool.free).toBe(15);
  });
});
