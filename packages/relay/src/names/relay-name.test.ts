import { describe, expect, it } from "vitest";
import { checkRelayName, isRelayName, relayAddress } from "./relay-name.js";

describe("isRelayName()", () => {
  it.each(["n3", "N_3-x", "-", "a".repeat(64)])("accepts %s", (name) => {
    expect(isRelayName(name)).toBe(true);
  });

  it.each([
    "",
    "a".repeat(65),
    "n 3",
    "n/3",
    "n#3",
    "n3\n",
    "ñ",
    "\u0000",
    "a.b",
    "tcp#127.0.0.1:1",
    3,
    null,
  ])("refuses %j", (name) => {
    expect(isRelayName(name)).toBe(false);
    expect(() => checkRelayName(name)).toThrow(expect.objectContaining({ code: "RELAY_NAME_INVALID" }));
  });
});

describe("relayAddress()", () => {
  it("is forward_to_ and the name", () => {
    expect(relayAddress("n3")).toBe("forward_to_n3");
  });
});
