import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePortalMessage, encodeReset, encodeShort } from "./portal-message.js";
import type { ResetReason } from "./reset-reason.js";
import { encodeSegmentHeader, maxSegmentHeaderBytes, type Segment } from "./segment.js";
import { streamIdToBytes } from "./stream-id.js";

const id = "000102030405060708090a0b0c0d0e0f";
const quiet = { open: false, fin: false, wantsAck: false, asks: false, blocked: false, ranges: [] } as const;
const numbers = { packetNumber: 1, ackDelayMs: 0, receivedTo: 0, creditLimit: 0, offset: 0 };

function segmentBytes(segment: Omit<Segment, "data">, data = "", fromOutlet = false): Buffer {
  return Buffer.concat([encodeSegmentHeader(streamIdToBytes(id), fromOutlet, segment), Buffer.from(data)]);
}

const opening: Omit<Segment, "data"> = {
  ...quiet,
  ...numbers,
  open: true,
  wantsAck: true,
  creditLimit: 262_144,
  options: { visitor: "127.0.0.1:51234", entrance: "127.0.0.1:6000" },
};

const answering: Omit<Segment, "data"> = {
  ...quiet,
  packetNumber: 7,
  ackDelayMs: 1.5,
  receivedTo: 5,
  creditLimit: 2 ** 32 + 1,
  offset: 2 ** 40,
  fin: true,
  wantsAck: true,
  asks: true,
  blocked: true,
  ranges: [
    { from: 5, to: 9 },
    { from: 1, to: 3 },
  ],
};

/** By the names of the examples in the protocol's description. */
const vectors: Readonly<Record<string, Uint8Array>> = {
  hello: encodeShort("hello", id, false),
  welcome: encodeShort("welcome", id, true),
  closed: encodeShort("closed", id, false),
  open: segmentBytes(opening, "hi"),
  answer: segmentBytes(answering, "!", true),
  reset: encodeReset(id, true, { code: "TARGET_REFUSED", text: "no" }),
};

/** The example bytes of PROTOCOL.md, by the name in front of them. */
function documentedBytes(name: string): string {
  const text = readFileSync(new URL("../../../PROTOCOL.md", import.meta.url), "utf8");
  const examples = text.slice(text.indexOf("### Examples of portal messages"));
  const block = new RegExp(`^${name}:\\n((?: {2}[0-9a-f ]+\\n)+)`, "m").exec(examples);
  return (block?.[1] ?? "").replaceAll(/\s/g, "");
}

describe("a portal message", () => {
  it.each(Object.entries(vectors))("%s has the documented bytes", (name, bytes) => {
    expect(Buffer.from(bytes).toString("hex")).toBe(documentedBytes(name));
  });

  it("reads as it was written", () => {
    expect(decodePortalMessage(vectors.hello as Uint8Array)).toEqual({
      kind: "hello",
      id,
      fromOutlet: false,
    });
    expect(decodePortalMessage(vectors.open as Uint8Array)).toEqual({
      kind: "segment",
      id,
      fromOutlet: false,
      segment: { ...opening, data: expect.anything() },
    });
    const answer = decodePortalMessage(vectors.answer as Uint8Array);
    expect(answer).toMatchObject({ kind: "segment", fromOutlet: true, segment: answering });
    const reason: ResetReason = { code: "TARGET_REFUSED", text: "no" };
    expect(decodePortalMessage(vectors.reset as Uint8Array)).toMatchObject({ kind: "reset", reason });
  });

  it("reads as it was written, whatever the numbers", () => {
    const u48 = fc.integer({ min: 0, max: 2 ** 47 });
    const segments = fc.record({
      packetNumber: u48.map((number) => number + 1),
      receivedTo: u48,
      creditLimit: u48,
      offset: u48,
      ackDelayMs: fc.integer({ min: 0, max: 65_535 }).map((tenths) => tenths / 10),
      fin: fc.boolean(),
      wantsAck: fc.boolean(),
      asks: fc.boolean(),
      blocked: fc.boolean(),
    });
    const gaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 })), {
      maxLength: 32,
    });
    const check = (
      segment: Omit<Segment, "data" | "open" | "ranges">,
      steps: [number, number][],
      data: Uint8Array,
    ): void => {
      let to = 2 ** 46;
      const ranges = steps.map(([gap, length], index) => {
        to -= index === 0 ? 0 : gap;
        const range = { from: to - length + 1, to };
        to -= length;
        return range;
      });
      const header = encodeSegmentHeader(streamIdToBytes(id), true, { ...segment, open: false, ranges });
      expect(header.length).toBeLessThanOrEqual(maxSegmentHeaderBytes);
      const decoded = decodePortalMessage(Buffer.concat([header, data]));
      if (decoded?.kind !== "segment") throw new Error("it does not read as a segment");
      expect(decoded.segment).toMatchObject({ ...segment, ranges });
      expect(Buffer.from(decoded.segment.data).equals(Buffer.from(data))).toBe(true);
    };
    fc.assert(fc.property(segments, gaps, fc.uint8Array({ maxLength: 64 }), check));
  });

  it("is refused when any number of its last bytes is missing, unless they are data", () => {
    for (const [name, bytes] of Object.entries(vectors)) {
      const dataBytes = name === "open" ? 2 : name === "answer" ? 1 : 0;
      for (let length = 0; length < bytes.length - dataBytes; length++) {
        expect(decodePortalMessage(bytes.subarray(0, length)), `${name} cut to ${length}`).toBeUndefined();
      }
    }
  });

  it("never throws, whatever the bytes", () => {
    const start = fc.constantFrom(0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x23, 0x21, 0x03, 0xff);
    const bytes = fc
      .tuple(start, fc.uint8Array({ maxLength: 400 }))
      .map(([first, rest]) => Uint8Array.of(first, ...rest));
    fc.assert(
      fc.property(bytes, (message) => {
        decodePortalMessage(message);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is refused with trailing bytes, unknown flags, ranges that touch, or packet number 0", () => {
    expect(decodePortalMessage(Buffer.concat([vectors.hello as Uint8Array, Buffer.of(0)]))).toBeUndefined();
    expect(decodePortalMessage(Buffer.concat([vectors.reset as Uint8Array, Buffer.of(0)]))).toBeUndefined();
    const withByte = (at: number, value: number): Uint8Array => {
      const bytes = Buffer.from(vectors.answer as Uint8Array);
      bytes[at] = value;
      return bytes;
    };
    expect(decodePortalMessage(withByte(1, 0xbf))).toBeUndefined();
    expect(decodePortalMessage(withByte(23, 0))).toBeUndefined();
    expect(decodePortalMessage(withByte(50, 33))).toBeUndefined();
    // The gap before the second range.
    expect(decodePortalMessage(withByte(51 + 8 + 3, 0))).toBeUndefined();
    // The length of the first range: longer than there are numbers.
    expect(decodePortalMessage(withByte(51 + 7, 200))).toBeUndefined();
  });

  it("of another version is told from garbage, so that it can be answered", () => {
    const bytes = Buffer.from(vectors.hello as Uint8Array);
    bytes[0] = 0x21;
    expect(decodePortalMessage(bytes)).toMatchObject({ kind: "unsupported", id });
    bytes[0] = 0x24;
    expect(decodePortalMessage(bytes)).toBeUndefined();
  });

  it("carries the text of a reset cut to its limit, without control characters", () => {
    const reset = encodeReset(id, false, { code: "INTERNAL", text: `\u001b[2J${"é".repeat(300)}` });
    const decoded = decodePortalMessage(reset);
    if (decoded?.kind !== "reset") throw new Error("it does not read as a reset");
    expect(decoded.reason.code).toBe("STREAM_RESET");
    expect(decoded.reason.text).toBe(` [2J${"é".repeat(125)}`);
  });

  it("refuses options that are no socket addresses, and skips options it does not know", () => {
    const header = segmentBytes({ ...opening, options: { visitor: "127.0.0.1:1\r\nX" } });
    expect(decodePortalMessage(header)).toBeUndefined();
    const bytes = segmentBytes({ ...opening, options: { visitor: "127.0.0.1:1" } });
    bytes[53] = 9;
    expect(decodePortalMessage(bytes)).toMatchObject({ kind: "segment", segment: { options: {} } });
  });
});
