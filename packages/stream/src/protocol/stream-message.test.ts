import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Pages } from "../resources/pages.js";
import type { ResetReason } from "./reset-reason.js";
import { encodeSegmentHeader, maxSegmentHeaderBytes, type Segment } from "./segment.js";
import { readStreamId, streamIdToBytes } from "./stream-id.js";
import { decodeStreamMessage, encodeReset, encodeShort } from "./stream-message.js";

const id = readStreamId(Buffer.from("000102030405060708090a0b0c0d0e0f", "hex"), 0);
const pages = new Pages();
const quiet = { open: false, fin: false, wantsAck: false, asks: false, blocked: false, ranges: [] } as const;
const numbers = { packetNumber: 1, ackDelayMs: 0, receivedTo: 0, creditLimit: 0, offset: 0 };

function segmentBytes(segment: Omit<Segment, "data">, data = "", fromAcceptor = false): Buffer {
  const sender = { id: streamIdToBytes(id), fromAcceptor, pages };
  return Buffer.concat([encodeSegmentHeader(sender, segment), Buffer.from(data)]);
}

const opening: Omit<Segment, "data"> = {
  ...quiet,
  ...numbers,
  open: true,
  wantsAck: true,
  creditLimit: 262_144,
  // Those of a portal: the visitor came from 127.0.0.1:51234 to 127.0.0.1:6000.
  options: Buffer.from("\x01\x0f127.0.0.1:51234\x02\x0e127.0.0.1:6000", "latin1"),
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
  const text = readFileSync(new URL("../../../../PROTOCOL.md", import.meta.url), "utf8");
  const examples = text.slice(text.indexOf("### Examples of stream messages"));
  const block = new RegExp(`^${name}:\\n((?: {2}[0-9a-f ]+\\n)+)`, "m").exec(examples);
  return (block?.[1] ?? "").replaceAll(/\s/g, "");
}

describe("a stream message", () => {
  it.each(Object.entries(vectors))("%s has the documented bytes", (name, bytes) => {
    expect(Buffer.from(bytes).toString("hex")).toBe(documentedBytes(name));
  });

  it("reads as it was written", () => {
    expect(decodeStreamMessage(vectors.hello as Uint8Array)).toEqual({
      kind: "hello",
      id,
      fromAcceptor: false,
    });
    expect(decodeStreamMessage(vectors.open as Uint8Array)).toEqual({
      kind: "segment",
      id,
      fromAcceptor: false,
      segment: { ...opening, options: expect.anything(), data: expect.anything() },
    });
    const answer = decodeStreamMessage(vectors.answer as Uint8Array);
    expect(answer).toMatchObject({ kind: "segment", fromAcceptor: true, segment: answering });
    const reason: ResetReason = { code: "TARGET_REFUSED", text: "no" };
    expect(decodeStreamMessage(vectors.reset as Uint8Array)).toMatchObject({ kind: "reset", reason });
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
      const header = encodeSegmentHeader(
        { id: streamIdToBytes(id), fromAcceptor: true, pages },
        { ...segment, open: false, ranges },
      );
      expect(header.length).toBeLessThanOrEqual(maxSegmentHeaderBytes);
      const decoded = decodeStreamMessage(Buffer.concat([header, data]));
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
        expect(decodeStreamMessage(bytes.subarray(0, length)), `${name} cut to ${length}`).toBeUndefined();
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
        decodeStreamMessage(message);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is refused with trailing bytes, unknown flags, ranges that touch, or packet number 0", () => {
    expect(decodeStreamMessage(Buffer.concat([vectors.hello as Uint8Array, Buffer.of(0)]))).toBeUndefined();
    expect(decodeStreamMessage(Buffer.concat([vectors.reset as Uint8Array, Buffer.of(0)]))).toBeUndefined();
    const withByte = (at: number, value: number): Uint8Array => {
      const bytes = Buffer.from(vectors.answer as Uint8Array);
      bytes[at] = value;
      return bytes;
    };
    expect(decodeStreamMessage(withByte(1, 0xbf))).toBeUndefined();
    expect(decodeStreamMessage(withByte(23, 0))).toBeUndefined();
    expect(decodeStreamMessage(withByte(50, 33))).toBeUndefined();
    // The gap before the second range.
    expect(decodeStreamMessage(withByte(51 + 8 + 3, 0))).toBeUndefined();
    // The length of the first range: longer than there are numbers.
    expect(decodeStreamMessage(withByte(51 + 7, 200))).toBeUndefined();
  });

  it("of another version is told from garbage, so that it can be answered", () => {
    const bytes = Buffer.from(vectors.hello as Uint8Array);
    bytes[0] = 0x21;
    expect(decodeStreamMessage(bytes)).toMatchObject({ kind: "unsupported", id });
    bytes[0] = 0x24;
    expect(decodeStreamMessage(bytes)).toBeUndefined();
  });

  it("carries the text of a reset cut to its limit, without control characters", () => {
    const reset = encodeReset(id, false, { code: "INTERNAL", text: `\u001b[2J${"é".repeat(300)}` });
    const decoded = decodeStreamMessage(reset);
    if (decoded?.kind !== "reset") throw new Error("it does not read as a reset");
    expect(decoded.reason.code).toBe("STREAM_RESET");
    expect(decoded.reason.text).toBe(` [2J${"é".repeat(125)}`);
  });

  it("carries options up to their limit, and is refused with more", () => {
    const optionsOf = (length: number): unknown => {
      const options = new Uint8Array(length).fill(7);
      const decoded = decodeStreamMessage(segmentBytes({ ...opening, options }, "hi"));
      if (decoded?.kind !== "segment") return undefined;
      return [decoded.segment.options?.length, Buffer.from(decoded.segment.data).toString()];
    };
    for (const length of [0, 1, 1_024]) {
      expect(optionsOf(length)).toEqual([length, "hi"]);
    }
    expect(optionsOf(1_025)).toBeUndefined();
  });
});
