import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { LastingStream } from "./lasting-stream.js";

/** A stream that fails while `isFull()`, and keeps what it took in `taken`. */
function disk(taken: string[], isFull: () => boolean): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      if (isFull()) return done(new Error("ENOSPC"));
      taken.push(String(chunk));
      done();
    },
  });
}

describe("LastingStream", () => {
  it("writes again after its target failed, and tells what was lost", async () => {
    const taken: string[] = [];
    const losses: number[] = [];
    let full = false;
    let opened = 0;
    const stream = new LastingStream({
      open: () => {
        opened++;
        return disk(taken, () => full);
      },
      pauseMs: 0,
      onHealed: (lost) => losses.push(lost),
    });
    const write = (text: string): Promise<void> =>
      new Promise((resolve, reject) => stream.write(text, (error) => (error ? reject(error) : resolve())));
    await write("a");
    full = true;
    await write("b");
    await write("c");
    full = false;
    await write("d");
    await write("e");
    expect(taken).toEqual(["a", "d", "e"]);
    expect(losses).toEqual([2]);
    expect(opened).toBe(3);
    stream.end();
    await finished(stream);
  });

  it("does not try again before its pause is over", async () => {
    let opened = 0;
    const stream = new LastingStream({
      open: () => {
        opened++;
        return disk([], () => true);
      },
      pauseMs: 60_000,
      onHealed: () => {},
    });
    for (const text of ["a", "b", "c"])
      await new Promise<void>((resolve) => stream.write(text, () => resolve()));
    expect(opened).toBe(1);
    stream.end();
    await finished(stream);
  });
});
