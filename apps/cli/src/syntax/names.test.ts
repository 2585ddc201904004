import { describe, expect, it } from "vitest";
import { isName, parseName, parseNodeName, parseServiceAddress, workerPath } from "./names.js";

const usageInvalid = expect.objectContaining({ code: "USAGE_INVALID" });

describe("parseNodeName()", () => {
  it("takes a name bare and as a path", () => {
    expect(parseNodeName("n1")).toBe("n1");
    expect(parseNodeName("/node/n1")).toBe("n1");
  });

  it.each(["", "..", ".", "a/b", "/node/", "/node/../x", "/service/x", "a b", "é", "a\0", "x".repeat(65)])(
    "refuses %j",
    (text) => {
      expect(() => parseNodeName(text)).toThrow(usageInvalid);
    },
  );
});

describe("isName()", () => {
  it("takes letters, digits, _ and -", () => {
    expect(["a", "A_1-b", "__proto__"].every(isName)).toBe(true);
    expect(["", "-", "--force", "a.b", "a:b", "a\n"].some(isName)).toBe(false);
  });
});

describe("parseName()", () => {
  it("says what kind of name it is", () => {
    expect(() => parseName("relay", "a b")).toThrow(/relay name "a b"/);
  });
});

describe("parseServiceAddress()", () => {
  it("takes an address bare and as a path", () => {
    const hex = "0123456789abcdef0123456789abcdef";
    expect(parseServiceAddress("outlet")).toBe("outlet");
    expect(parseServiceAddress("/service/outlet")).toBe("outlet");
    expect(parseServiceAddress(`/worker/${hex}`)).toBe(hex);
  });

  it.each(["", "/service/", "/service/a/b", "a b", "tcp#127.0.0.1:1", "/node/n1"])("refuses %j", (text) => {
    expect(() => parseServiceAddress(text)).toThrow(usageInvalid);
  });
});

describe("workerPath()", () => {
  it("tells generated addresses from names", () => {
    expect(workerPath("0123456789abcdef0123456789abcdef")).toBe("/worker/0123456789abcdef0123456789abcdef");
    expect(workerPath("echo")).toBe("/service/echo");
  });
});
