import { readFileSync } from "node:fs";
import fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, it } from "vitest";
import type { Carrier } from "../delivery/delivery.js";
import { NodeOrigin } from "../delivery/node-origin.js";
import type { Header } from "./header.js";
import { MessageReader } from "./message-reader.js";
import { MessageWriter } from "./message-writer.js";

const arrivedBy = "ffffffffffffffffffffffffffffffff";
const connection = "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0";

/** A frame as a connection writes it; the writer takes the connection's own hop off. */
function write(
  header: Header,
  payload: Uint8Array = new Uint8Array(0),
  writer = new MessageWriter(),
): Buffer {
  const head = writer.head({ ...header, onwardRoute: [connection, ...header.onwardRoute] });
  return Buffer.concat([head, payload]);
}

function raw(header: unknown, payload = ""): Buffer {
  return prefixed(new Packr({ useRecords: false, variableMapSize: true }).pack(header), payload);
}

function prefixed(header: Uint8Array, payload = ""): Buffer {
  return Buffer.concat([
    Buffer.from([1, header.length >> 8, header.length & 255]),
    header,
    Buffer.from(payload),
  ]);
}

// Reading needs no node; only what a worker does with a message would.
const carrier = {} as Carrier;
const reader = (): MessageReader => new MessageReader(carrier, new NodeOrigin(carrier, "network", arrivedBy));
const read = (frame: Uint8Array): ReturnType<MessageReader["read"]> => reader().read(frame);
const invalid = expect.objectContaining({ code: "FRAME_INVALID" });

const vectors: readonly { readonly name: string; readonly header: Header; readonly payload: string }[] = [
  {
    name: "a message",
    header: { onwardRoute: ["echo"], returnRoute: ["w"], hopCount: 1 },
    payload: "hi",
  },
  {
    name: "a message with fields",
    header: {
      onwardRoute: ["echo"],
      returnRoute: ["w"],
      hopCount: 1,
      fields: { "path.mtu": 1400, trace: Uint8Array.of(10, 11) },
    },
    payload: "hi",
  },
  {
    name: "a refusal",
    header: {
      onwardRoute: ["w"],
      returnRoute: [],
      hopCount: 1,
      refusal: { code: "WORKER_NOT_FOUND", hop: "nobody", reason: "gone" },
    },
    payload: "",
  },
];

const protocol = readFileSync(new URL("../../../../PROTOCOL.md", import.meta.url), "utf8");
const examples = [...protocol.matchAll(/```hex\n([^`]*)```/g)].map(([, hex = ""]) => hex.replace(/\s/g, ""));

describe("a frame", () => {
  it("has a vector here for each that PROTOCOL.md shows", () => {
    expect(examples).toHaveLength(vectors.length);
  });

  it.each(vectors)("has the bytes PROTOCOL.md shows for $name", ({ header, payload }) => {
    const frame = write(header, Buffer.from(payload));
    expect(examples).toContain(frame.toString("hex"));
    const message = read(frame);
    expect(message).toMatchObject({ ...header, returnRoute: [arrivedBy, ...header.returnRoute] });
    expect(Buffer.from(message.payload).toString()).toBe(payload);
  });

  const address = fc.stringMatching(/^[a-zA-Zäß€😀0-9_.-]{1,40}$/u);
  const route = fc.array(address, { maxLength: 63 });
  const value = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.integer(),
    // The sign of zero is not kept.
    fc.double().map((number) => (number === 0 ? 0 : number)),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
  );
  const name = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 16 })
    .filter((text) => Buffer.byteLength(text) <= 64)
    .filter((text) => text !== "__proto__" && text !== "refusal");
  const fields = fc.dictionary(name, value, { minKeys: 1, maxKeys: 16, noNullPrototype: true });
  const header: fc.Arbitrary<Header> = fc.record(
    { onwardRoute: route, returnRoute: route, hopCount: fc.integer({ min: 0, max: 255 }), fields },
    { requiredKeys: ["onwardRoute", "returnRoute", "hopCount"] },
  );

  it("is read as it was written", () => {
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 2000 }), (written, payload) => {
        const message = read(write(written, payload));
        expect(message.onwardRoute).toEqual(written.onwardRoute);
        expect(message.returnRoute).toEqual([arrivedBy, ...written.returnRoute]);
        expect(message.hopCount).toBe(written.hopCount);
        expect(message.fields).toEqual(written.fields);
        expect(Buffer.compare(message.payload, payload)).toBe(0);
      }),
    );
  });

  it("is written as another writer of msgpack does", () => {
    fc.assert(
      fc.property(header, ({ onwardRoute, returnRoute, hopCount, fields: some }) => {
        const parts = [onwardRoute, returnRoute, hopCount, ...(some === undefined ? [] : [some])];
        expect(write({ onwardRoute, returnRoute, hopCount, fields: some })).toEqual(raw(parts));
      }),
    );
  });

  it("may hold a field that is almost as large as a header may be", () => {
    for (const large of ["x".repeat(32_000), new Uint8Array(32_000).fill(7), "ä".repeat(16_000)]) {
      const fields = { small: 1, large };
      expect(read(write({ onwardRoute: ["a"], returnRoute: [], hopCount: 1, fields })).fields).toEqual(
        fields,
      );
    }
  });

  it("is read and written alike by a reader and a writer that remember", () => {
    const writer = new MessageWriter();
    const remembering = reader();
    const few = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 3 });
    const again = fc.record({ onwardRoute: few, returnRoute: few, hopCount: fc.integer({ min: 0, max: 2 }) });
    fc.assert(
      fc.property(again, fc.uint8Array({ maxLength: 4 }), (written, payload) => {
        const frame = write(written, payload, writer);
        expect(frame).toEqual(write(written, payload));
        expect(remembering.read(frame)).toEqual(read(frame));
      }),
      { numRuns: 2000 },
    );
  });

  it("does not change when the sender changes its routes afterwards", () => {
    const writer = new MessageWriter();
    const onwardRoute = [connection, "a"];
    const first = Buffer.from(writer.head({ onwardRoute, returnRoute: [], hopCount: 1 }));
    onwardRoute[1] = "b";
    expect(writer.head({ onwardRoute, returnRoute: [], hopCount: 1 })).not.toEqual(new Uint8Array(first));
  });

  it("shares no memory with its payload's copy and needs none", () => {
    const frame = write({ onwardRoute: ["a"], returnRoute: [], hopCount: 0 }, Buffer.from("body"));
    expect(read(frame).payload.buffer).toBe(frame.buffer);
  });

  it("is invalid wherever it is cut within its head", () => {
    const frame = write({
      onwardRoute: ["echo", "b"],
      returnRoute: ["w"],
      hopCount: 300,
      fields: { a: "x" },
    });
    for (let end = 0; end < frame.length; end++) expect(() => read(frame.subarray(0, end))).toThrow(invalid);
    const header = frame.subarray(3);
    for (let end = 0; end < header.length; end++) {
      expect(() => read(prefixed(header.subarray(0, end)))).toThrow(invalid);
    }
  });

  it("makes no reader do anything but read or throw FRAME_INVALID, whatever its bytes", () => {
    const isHandled = (bytes: Uint8Array): void => {
      try {
        read(bytes);
      } catch (error) {
        expect(error).toEqual(invalid);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), isHandled), { numRuns: 3000 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => isHandled(prefixed(bytes))),
      { numRuns: 3000 },
    );
    const frame = write({
      onwardRoute: ["echo"],
      returnRoute: ["w", "x"],
      hopCount: 3,
      fields: { a: 1, b: null },
    });
    fc.assert(
      fc.property(fc.nat(frame.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Buffer.from(frame);
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        isHandled(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  const long = "x".repeat(256);
  it.each<[string, Buffer]>([
    ["no bytes", Buffer.alloc(0)],
    ["another version", Buffer.from(raw([["a"], [], 1])).fill(2, 0, 1)],
    ["a header longer than the limit", prefixed(Buffer.alloc(32_769))],
    ["a header that is no list", raw({ a: 1 })],
    ["a header of two values", raw([["a"], []])],
    ["a header of five values", raw([["a"], [], 1, {}, 1])],
    [
      "bytes behind the header's content",
      prefixed(Buffer.concat([raw([["a"], [], 1]).subarray(3), Buffer.from([0])])),
    ],
    ["1,000 hops onward", raw([Array.from({ length: 1000 }, () => "a"), [], 1])],
    ["1,000 hops back", raw([["a"], Array.from({ length: 1000 }, () => "a"), 1])],
    ["a list that claims four billion hops", prefixed(Buffer.from("93ddffffffff", "hex"))],
    ["text that claims four gigabytes", prefixed(Buffer.from("9391dbffffffff", "hex"))],
    ["a hop that is a number", raw([[1], [], 1])],
    ["an empty hop", raw([[""], [], 1])],
    ["a hop of 256 bytes", raw([[long], [], 1])],
    ["a hop of 64 KiB", raw([["x".repeat(65_535)], [], 1])],
    ["a hop with NUL", raw([["a\0"], [], 1])],
    ["a hop with a space", raw([["a b"], [], 1])],
    ["a hop that is not UTF-8", prefixed(Buffer.from("9391a2c3289001", "hex"))],
    ["a hop with an overlong form", prefixed(Buffer.from("9391a2c0af9001", "hex"))],
    ["a hop with a surrogate", prefixed(Buffer.from("9391a3eda0809001", "hex"))],
    ["a way back that is no address", raw([["a"], ["b/c"], 1])],
    ["a negative hop count", raw([["a"], [], -1])],
    ["a fractional hop count", raw([["a"], [], 1.5])],
    ["a hop count that is text", raw([["a"], [], "1"])],
    ["a hop count of 64 bits", prefixed(Buffer.from("9391a16190cf0000000000000001", "hex"))],
    ["fields that are no map", raw([["a"], [], 1, []])],
    [
      "17 fields",
      raw([["a"], [], 1, Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, i]))]),
    ],
    ["a field without a name", raw([["a"], [], 1, { "": 1 }])],
    ["a field with a name of 65 bytes", raw([["a"], [], 1, { ["n".repeat(65)]: 1 }])],
    ["a field that is a list", raw([["a"], [], 1, { a: [1] }])],
    ["a field that is a map", raw([["a"], [], 1, { a: { b: 1 } }])],
    ["a field with an extension type", raw([["a"], [], 1, { a: new Date(0) }])],
    ["a field of 64 bits", prefixed(Buffer.from("9491a161900181a161cf0000000000000001", "hex"))],
    ["a field that comes twice", prefixed(Buffer.from("9491a161900182a16101a16102", "hex"))],
    ["a field named by a number", prefixed(Buffer.from("9491a1619001810101", "hex"))],
    ["a field named __proto__", prefixed(Buffer.from("9491a161900181a95f5f70726f746f5f5f01", "hex"))],
    ["a refusal that is no text", raw([["a"], [], 1, { refusal: 1 }])],
    ["a refusal without a hop", raw([["a"], [], 1, { refusal: "WORKER_BUSY" }])],
    ["a refusal with a malformed hop", raw([["a"], [], 1, { refusal: "WORKER_BUSY a/b c" }])],
    ["a record in place of a map", prefixed(Buffer.from("9491a1619001d4720100", "hex"))],
  ])("is invalid with %s", (_, frame) => {
    expect(() => read(frame)).toThrow(invalid);
  });

  it("keeps the reason of a refusal whose code is not known", () => {
    const { refusal } = read(raw([["w"], [], 1, { refusal: "MOON_TOO_FAR b it is night" }]));
    expect(refusal).toEqual({ code: "INTERNAL", hop: "b", reason: "MOON_TOO_FAR: it is night" });
  });

  it("cuts the reason of a refusal", () => {
    const refusal = { code: "WORKER_BUSY", hop: "", reason: "y".repeat(2000) } as const;
    const message = read(write({ onwardRoute: ["w"], returnRoute: [], hopCount: 1, refusal }));
    expect(message.refusal).toMatchObject({ code: "WORKER_BUSY", hop: "unknown" });
    expect(message.refusal?.reason).toHaveLength(512);
  });

  it.each<[string, Record<string, never>]>([
    ["the reserved name", { refusal: "x" } as never],
    ["17 fields", Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, i])) as never],
    ["a long name", { ["n".repeat(65)]: 1 } as never],
    ["__proto__", JSON.parse('{"__proto__": 1}') as never],
    ["a value that is an object", { a: {} } as never],
    ["a lone surrogate", { a: "\ud800" } as never],
  ])("is not written with fields that have %s", (_, fields) => {
    expect(() => write({ onwardRoute: ["a"], returnRoute: [], hopCount: 1, fields })).toThrow(
      expect.objectContaining({ code: "MESSAGE_INVALID" }),
    );
  });

  it("is not written with a header beyond the limit", () => {
    const full = Array.from({ length: 64 }, (_, i) => String(i).padEnd(255, "x"));
    expect(() => write({ onwardRoute: full.slice(1), returnRoute: full, hopCount: 1 })).not.toThrow();
    expect(() => write({ onwardRoute: full, returnRoute: full, hopCount: 1 })).toThrow(
      expect.objectContaining({ code: "ROUTE_TOO_LONG" }),
    );
  });
});
