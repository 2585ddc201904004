import { describe, expect, it } from "vitest";
import { decodeVisitor, encodeVisitor } from "./visitor-options.js";

const id = "0123456789abcdef0123456789abcdef";
const raw = (number: number, text: string): Uint8Array =>
  Uint8Array.from([number, text.length, ...Buffer.from(text)]);

describe("encodeVisitor(), decodeVisitor()", () => {
  it("carry all options", () => {
    const options = { visitor: "[2001:db8::1]:51234", entrance: "127.0.0.1:6000", id, watch: "1" };
    expect(decodeVisitor(encodeVisitor(options))).toEqual(options);
  });

  it("skip numbers that are not known, and take none for no options", () => {
    expect(decodeVisitor(Uint8Array.from([...raw(99, "x"), ...raw(3, id)]))).toEqual({ id });
    expect(decodeVisitor(new Uint8Array())).toEqual({});
  });

  it.each([
    ["an id in capital letters", raw(3, id.toUpperCase())],
    ["an id that is too short", raw(3, id.slice(1))],
    ["an id that is too long", raw(3, `${id}0`)],
    ["an id with a line end", raw(3, `${id.slice(1)}\n`)],
    ["an address without a port", raw(1, "127.0.0.1")],
    ["an address that is too long", raw(1, `${"a".repeat(96)}:1234`)],
    ["another word for watching", raw(4, "2")],
    ["bytes that end too soon", raw(3, id).subarray(0, 20)],
  ])("refuse %s", (_what, bytes) => {
    expect(decodeVisitor(bytes)).toBeUndefined();
  });
});
