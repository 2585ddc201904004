import { FairBudget } from "@x/transport-kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxPartialBytes, maxPartialFrames, reassemblyTimeoutMs } from "../limits.js";
import { headerBytes } from "./datagram.js";
import { Reassembly } from "./reassembly.js";
import { splitFrame } from "./split-frame.js";

const id = "12345678";

function setup(maxFrameBytes = 70_000): {
  reassembly: Reassembly;
  budget: FairBudget;
  counters: { malformed: number; incomplete: number };
  clock: { now: number };
} {
  const budget = new FairBudget(4 * maxPartialBytes);
  const counters = { malformed: 0, incomplete: 0 };
  const clock = { now: 0 };
  const reassembly = new Reassembly(maxFrameBytes, { budget, counters, source: "peer" }, () => clock.now);
  return { reassembly, budget, counters, clock };
}

/** The bodies of a frame's fragments. */
function fragments(frame: Uint8Array, number: number, datagramBytes = 1_200): Buffer[] {
  const cut = Math.floor(frame.length / 3);
  const parts = [frame.subarray(0, cut), frame.subarray(cut)];
  return splitFrame(parts, frame.length, { id, number, datagramBytes }).map((each) =>
    each.subarray(headerBytes),
  );
}

const filled = (bytes: number, seed: number): Buffer =>
  Buffer.alloc(bytes).map((_, i) => (i * seed) & 0xff) as Buffer;

/** A fragment's body with these values, in hex. */
function fragment(frameBytes: number, index: number, count: number, pieceBytes: number): string {
  const body = Buffer.alloc(12 + pieceBytes);
  body.writeUInt32BE(frameBytes, 4);
  body.writeUInt16BE(index, 8);
  body.writeUInt16BE(count, 10);
  return body.toString("hex");
}

describe("splitFrame() and Reassembly", () => {
  it("keep to the byte vector of the protocol", () => {
    const [first, second] = splitFrame([Buffer.from("abc")], 3, { id, number: 7, datagramBytes: 2 });
    expect(first?.toString("hex")).toBe(
      "4355010b3132333435363738" + "00000007" + "00000003" + "0000" + "0002" + "6162",
    );
    expect(second?.toString("hex")).toBe(
      "4355010b3132333435363738" + "00000007" + "00000003" + "0001" + "0002" + "63",
    );
    const [whole] = splitFrame([Buffer.from("a"), Buffer.from("b")], 2, { id, number: 8, datagramBytes: 2 });
    expect(whole?.toString("hex")).toBe("4355010a31323334353637386162");
  });

  it("give each frame back once, whatever the order, with duplicates, between other frames", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1_201, max: 20_000 }), { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.nat(1_000_000)),
        (sizes, random) => {
          const { reassembly, budget } = setup();
          const frames = sizes.map((size, i) => filled(size, i + 3));
          const queue = frames.flatMap((frame, number) =>
            fragments(frame, number).flatMap((each) => [each, each]),
          );
          const order = queue.map((each) => ({ each, key: random.next().value as number }));
          order.sort((a, b) => a.key - b.key);
          const found = order.map(({ each }) => reassembly.add(each)).filter((each) => each !== undefined);
          // A duplicate that comes late begins its frame anew, and may even complete it again.
          for (const frame of frames) expect(found.some((each) => each.equals(frame))).toBe(true);
          for (const each of found) expect(frames.some((frame) => frame.equals(each))).toBe(true);
          reassembly.clear();
          expect(budget.usedBytes).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("never throw on random bytes, nor hold much of them", () => {
    const { reassembly, budget } = setup();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_300 }), (random) => {
        reassembly.add(Buffer.from(random));
        expect(budget.usedBytes).toBeLessThanOrEqual(maxPartialBytes);
      }),
    );
  });
});

describe("Reassembly", () => {
  it.each([
    ["no bytes", ""],
    ["a header only", fragment(300, 0, 2, 0)],
    ["a frame above the limit", fragment(70_001, 1, 60, 1_167)],
    ["an index beyond the count", fragment(300, 2, 2, 150)],
    ["a count of one", fragment(300, 0, 1, 300)],
    ["a count of none", fragment(300, 0, 0, 300)],
    ["more bytes than the index may have", fragment(300, 1, 2, 151)],
    ["fewer bytes than the index may have", fragment(300, 0, 2, 149)],
    ["a count above what any sender makes", fragment(70_000, 0, 35_000, 2)],
    ["a count above the length", fragment(2, 0, 65_535, 1)],
  ])("counts and ignores a fragment with %s", (_, hex) => {
    const { reassembly, counters, budget } = setup();
    expect(reassembly.add(Buffer.from(hex, "hex"))).toBeUndefined();
    expect([counters.malformed, budget.usedBytes]).toEqual([1, 0]);
  });

  it("ignores a fragment that contradicts an earlier one", () => {
    const { reassembly, counters } = setup();
    reassembly.add(fragments(filled(3_000, 1), 1)[0] as Buffer);
    reassembly.add(fragments(filled(9_000, 1), 1)[1] as Buffer);
    expect(counters.malformed).toBe(1);
  });

  it("gives up the oldest when frames or bytes of one peer become too many", () => {
    const { reassembly, budget, counters } = setup();
    for (let number = 0; number < maxPartialFrames + 5; number++) {
      reassembly.add(fragments(filled(2_000, 1), number)[0] as Buffer);
    }
    expect(counters.incomplete).toBe(5);
    for (let number = 100; number < 200; number++) {
      for (const each of fragments(filled(69_000, 1), number).slice(1)) reassembly.add(each);
      expect(budget.usedBytes).toBeLessThanOrEqual(maxPartialBytes);
    }
  });

  it("gives up what stays incomplete", () => {
    const { reassembly, budget, counters, clock } = setup();
    reassembly.add(fragments(filled(2_000, 1), 1)[0] as Buffer);
    clock.now = reassemblyTimeoutMs - 1;
    reassembly.expire();
    expect(counters.incomplete).toBe(0);
    clock.now = reassemblyTimeoutMs;
    reassembly.expire();
    expect([counters.incomplete, budget.usedBytes]).toEqual([1, 0]);
  });

  it("holds copies of fragments that are small pieces of larger buffers, and counts them", () => {
    const { reassembly, budget } = setup();
    const frame = filled(2_000, 3);
    const [first, second] = fragments(frame, 1);
    const large = Buffer.alloc(1_000_000);
    large.set(first as Buffer);
    expect(reassembly.add(large.subarray(0, first?.length))).toBeUndefined();
    large.fill(0);
    expect(budget.usedBytes).toBeLessThan(2_000);
    expect(reassembly.add(second as Buffer)?.equals(frame)).toBe(true);
    expect(budget.usedBytes).toBe(0);
  });

  it("gives up frames of the peer that holds most, not of the one that needs room", () => {
    const budget = new FairBudget(maxPartialBytes);
    const counters = { malformed: 0, incomplete: 0 };
    const peer = (source: string): Reassembly => new Reassembly(70_000, { budget, counters, source });
    const honest = peer("honest");
    const frame = filled(60_000, 5);
    const pieces = fragments(frame, 1);
    for (const piece of pieces.slice(0, -1)) expect(honest.add(piece)).toBeUndefined();
    // One host with many connections, each below its own bounds.
    for (let count = 0; count < 20; count += 1) {
      const hog = peer("hog");
      for (const piece of fragments(filled(69_000, 1), count).slice(1)) hog.add(piece);
    }
    expect(counters.incomplete).toBeGreaterThan(0);
    expect(budget.usedBytes).toBeLessThanOrEqual(maxPartialBytes);
    expect(honest.add(pieces.at(-1) as Buffer)?.equals(frame)).toBe(true);
  });

  it("holds nothing where the shared budget has no room", () => {
    const budget = new FairBudget(100);
    const counters = { malformed: 0, incomplete: 0 };
    const reassembly = new Reassembly(70_000, { budget, counters, source: "peer" });
    for (let number = 0; number < 50; number++) {
      for (const piece of fragments(filled(3_000 + 1_000 * (number % 40), 1), number)) {
        reassembly.add(piece);
        expect(budget.usedBytes).toBeLessThanOrEqual(100);
      }
    }
    reassembly.clear();
    expect(budget.usedBytes).toBe(0);
  });
});
