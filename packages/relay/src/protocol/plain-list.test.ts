import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePlainList, encodePlainList, type PlainValue } from "./plain-list.js";

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(" ", ""), "hex");

const plainValue = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.uint8Array({ maxLength: 255 }),
  fc.constant(null),
);

function comparable(values: readonly PlainValue[] | undefined): unknown {
  return values?.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value));
}

describe("decodePlainList()", () => {
  it("reads what encodePlainList() writes", () => {
    fc.assert(
      fc.property(fc.array(plainValue, { maxLength: 15 }), (values) => {
        expect(comparable(decodePlainList(encodePlainList(values)))).toEqual(comparable(values));
      }),
    );
  });

  it("reads integers of every width", () => {
    const list = bytes("97 07 cc 80 cd 0100 ce 00010000 cf 0000000100000000 d3 0000000100000000 c0");
    expect(decodePlainList(list)).toEqual([7, 128, 256, 65_536, 2 ** 32, 2 ** 32, null]);
  });

  it("refuses every truncation and every extension", () => {
    const whole = encodePlainList([1, 1, 5n, 300, "n3", new Uint8Array(16), "öß", 70_000]);
    for (let end = 0; end < whole.byteLength; end += 1) {
      expect(decodePlainList(whole.subarray(0, end))).toBeUndefined();
    }
    expect(decodePlainList(Buffer.concat([whole, bytes("00")]))).toBeUndefined();
  });

  it.each([
    ["nothing", ""],
    ["no array", "07"],
    ["an array of 16 bits", "dc 0001 01"],
    ["an array of 2^32 - 1", "dd ffffffff"],
    ["a nested array", "91 91 01"],
    ["a map", "91 80"],
    ["a map with __proto__", "91 81 a9 5f5f70726f746f5f5f 01"],
    ["an extension", "91 d4 01 00"],
    ["a record definition", "91 d4 72 40"],
    ["a timestamp", "91 d6 ff 00000000"],
    ["a bundle of strings", "91 d6 62 00000001"],
    ["a double", "91 cb 3ff0000000000000"],
    ["a negative number", "91 ff"],
    ["a boolean", "91 c3"],
    ["undefined", "91 c1"],
    ["a byte string of 2^32 - 1", "91 c6 ffffffff"],
    ["a text of 2^32 - 1", "91 db ffffffff"],
    ["an overlong letter", "91 a2 c1a1"],
    ["half a letter", "91 a1 c3"],
    ["a surrogate", "91 a3 eda080"],
  ])("refuses %s", (_what, hex) => {
    expect(decodePlainList(bytes(hex))).toBeUndefined();
  });

  it("never throws, and gives plain values only, for any bytes", () => {
    const anyList = fc
      .tuple(fc.integer({ min: 0x90, max: 0x9f }), fc.uint8Array({ maxLength: 64 }))
      .map(([head, rest]) => Uint8Array.from([head, ...rest]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), anyList), (input) => {
        for (const value of decodePlainList(input) ?? []) {
          const isPlain = value === null || value instanceof Uint8Array || /number|string/.test(typeof value);
          expect(isPlain).toBe(true);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
