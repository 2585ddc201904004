import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReceivedPackets } from "./received-packets.js";

describe("ReceivedPackets", () => {
  it("reports what arrived, highest first, in ranges that do not touch", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 80 }), (numbers) => {
        const packets = new ReceivedPackets();
        for (const number of numbers) packets.add(number, number);
        const reported: number[] = [];
        let above = Number.POSITIVE_INFINITY;
        for (const { from, to } of packets.report()) {
          expect(to).toBeLessThan(above - 1);
          for (let number = to; number >= from; number--) reported.push(number);
          above = from;
        }
        expect(reported).toEqual([...new Set(numbers)].sort((one, other) => other - one));
        expect(packets.largest).toBe(Math.max(0, ...numbers));
      }),
    );
  });

  it("forgets the oldest range beyond 32", () => {
    const packets = new ReceivedPackets();
    for (let number = 1; number < 100; number += 2) packets.add(number, 0);
    expect(packets.report()).toHaveLength(32);
    expect(packets.report()[0]).toEqual({ from: 99, to: 99 });
  });
});
