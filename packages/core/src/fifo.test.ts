import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fifo } from "./fifo.js";

describe("Fifo", () => {
  it("gives back what was put in, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 })), (turns) => {
        const fifo = new Fifo<number>();
        let put = 0;
        let got = 0;
        for (const [turn, count] of turns.entries()) {
          for (let i = 0; i < count; i++) if (turn % 2 === 0) fifo.push(put++);
          for (let i = 0; i < count; i++) if (turn % 2 === 1 && got < put) expect(fifo.shift()).toBe(got++);
          expect(fifo.length).toBe(put - got);
        }
      }),
    );
  });

  it("is empty when cleared", () => {
    const fifo = new Fifo<number>();
    fifo.push(1);
    fifo.clear();
    expect(fifo.shift()).toBeUndefined();
    expect(fifo.length).toBe(0);
  });
});
