import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkAddress,
  generateAddress,
  isAddress,
  isTransportHop,
  parseTransportHop,
  transportHop,
} from "./address.js";
import { maxAddressBytes } from "./limits.js";

describe("checkAddress()", () => {
  it.each([
    "echo",
    "forward_to_n3",
    "a",
    "ünïcode",
    "x".repeat(maxAddressBytes),
    "tcp#127.0.0.1:7000",
    "tcp#[::1]:80",
  ])("takes %s", (address) => {
    expect(checkAddress(address)).toBe(address);
  });

  it.each([
    "",
    " ",
    "a b",
    "a\tb",
    "a\u0000b",
    "a/b",
    "/",
    "#",
    "#x",
    "tcp#",
    "TCP#x",
    "1#x",
    "\uD800",
    "\uFFFD",
    "x".repeat(maxAddressBytes + 1),
    "ü".repeat(128),
    7,
    null,
    undefined,
    ["echo"],
    { length: 3 },
  ])("refuses %j with ADDRESS_INVALID", (address) => {
    expect(() => checkAddress(address)).toThrow(expect.objectContaining({ code: "ADDRESS_INVALID" }));
  });

  it("never lets through what is longer than the limit in UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        if (isAddress(text)) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxAddressBytes);
      }),
    );
  });

  it("shows no more than the beginning of a huge value", () => {
    try {
      checkAddress("y ".repeat(1_000_000));
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(400);
    }
  });
});

describe("transport hops", () => {
  it("split and join without loss", () => {
    const address = transportHop("tcp", "[::1]:7000");
    expect(address).toBe("tcp#[::1]:7000");
    expect(isTransportHop(address)).toBe(true);
    expect(parseTransportHop(address)).toEqual({ transport: "tcp", where: "[::1]:7000" });
  });

  it("may hold further # and / in the part that only the transport reads", () => {
    expect(parseTransportHop("unix#/run/a#b")).toEqual({ transport: "unix", where: "/run/a#b" });
  });

  it("are told from worker names", () => {
    expect(isTransportHop("echo")).toBe(false);
    expect(() => parseTransportHop("echo")).toThrow(expect.objectContaining({ code: "ADDRESS_INVALID" }));
  });
});

describe("generateAddress()", () => {
  it("makes 32 lowercase hex digits, new each time [address-generated]", () => {
    const addresses = Array.from({ length: 1_000 }, () => generateAddress());
    for (const address of addresses) expect(address).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(addresses).size).toBe(addresses.length);
  });
});
