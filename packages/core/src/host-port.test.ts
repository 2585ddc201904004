import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHostPort, isHostName, parseHostPort } from "./host-port.js";
import { ipv6Groups, isIpv4, isIpv6 } from "./ip-address.js";

describe("parseHostPort()", () => {
  it.each([
    ["127.0.0.1:80", "127.0.0.1", 80],
    ["[::1]:0", "::1", 0],
    ["[fe80::1%eth0]:7000", "fe80::1%eth0", 7000],
    ["example.org.:65535", "example.org.", 65_535],
    ["a_b-c:1", "a_b-c", 1],
  ])("reads %s", (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port });
    expect(formatHostPort(host, port)).toBe(text);
  });

  it.each([
    "",
    "x",
    ":80",
    "127.0.0.1",
    "127.0.0.1:70000",
    "[::1:80",
    "[x]:80",
    "a b:1",
    "::1:80",
    "x\0:1",
    "-a:1",
  ])("refuses %j", (text) => {
    expect(() => parseHostPort(text)).toThrow(expect.objectContaining({ code: "ADDRESS_INVALID" }));
  });

  it("knows a default host, and places to connect to", () => {
    expect(parseHostPort(":80", { defaultHost: "127.0.0.1" })).toEqual({ host: "127.0.0.1", port: 80 });
    expect(() => parseHostPort("a:0", { minPort: 1 })).toThrow("a port from 1 to 65535");
  });
});

describe("formatHostPort()", () => {
  it("writes IPv4 in IPv6 form as IPv4", () => {
    expect(formatHostPort("::ffff:192.0.2.1", 80)).toBe("192.0.2.1:80");
  });
});

describe("isHostName()", () => {
  it.each(["256.0.0.1", "1.2.3", "a..b", `${"a".repeat(64)}.org`, "a-", "ä.org", "."])(
    "refuses %s",
    (text) => {
      expect(isHostName(text)).toBe(false);
    },
  );
});

describe("isIpv4() and isIpv6()", () => {
  const part = fc.oneof(
    fc.constantFrom("", ":", "::", ".", "%e0", "255", "256", "01", "ffff", "0", "1.2.3.4", "g"),
  );
  it("agree with the platform", () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.array(part, { maxLength: 12 }).map((each) => each.join("")),
    );
    fc.assert(
      fc.property(address, (text) => {
        expect(isIpv4(text)).toBe(isIPv4(text));
        expect(isIpv6(text)).toBe(isIPv6(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it("know the groups that :: stands for", () => {
    expect(ipv6Groups("2001:db8::1%eth0")).toEqual(["2001", "db8", "0", "0", "0", "0", "0", "1"]);
    expect(ipv6Groups("::1.2.3.4")).toEqual(["0", "0", "0", "0", "0", "0", "102", "304"]);
  });
});
