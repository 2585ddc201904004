import { describe, expect, it } from "vitest";
import { decodeHello, encodeHello } from "./hello.js";

const vector = "43554c56" + "01" + "00" + "0000" + "00110000" + "00003a98";

describe("encodeHello() and decodeHello()", () => {
  it("keep to the byte vector of the protocol", () => {
    const hello = { maxFrameBytes: 1_114_112, deadPeerMs: 15_000, full: false };
    expect(Buffer.from(encodeHello(hello)).toString("hex")).toBe(vector);
    expect(decodeHello(Buffer.from(vector, "hex"))).toEqual({ hello, length: 16 });
  });

  it("wait for more at every split, and skip an extension they do not know", () => {
    const bytes = Buffer.from(`${vector.slice(0, 12)}0003${vector.slice(16)}aabbcc`, "hex");
    for (let cut = 0; cut < bytes.length; cut++) expect(decodeHello(bytes.subarray(0, cut))).toBeUndefined();
    expect(decodeHello(bytes)?.length).toBe(19);
  });

  it.each([
    ["a byte that is none of the magic", "47", "HANDSHAKE_FAILED"],
    ["the end of an HTTP request's first word", "4355544c", "HANDSHAKE_FAILED"],
    ["another version", "43554c5602", "VERSION_UNSUPPORTED"],
    ["an extension above its limit", "43554c5601000401001100000000ffff", "HANDSHAKE_FAILED"],
    ["a frame limit too small to work with", "43554c56010000000000000100003a98", "HANDSHAKE_FAILED"],
  ])("refuse %s", (_, hex, code) => {
    expect(() => decodeHello(Buffer.from(hex, "hex"))).toThrow(expect.objectContaining({ code }));
  });

  it("clamp the dead-peer time that a peer asks for", () => {
    const asked = (deadPeerMs: number): number | undefined =>
      decodeHello(encodeHello({ maxFrameBytes: 5_000, deadPeerMs, full: true }))?.hello.deadPeerMs;
    expect(asked(0)).toBe(1_000);
    expect(asked(0xffff_ffff)).toBe(86_400_000);
  });
});
