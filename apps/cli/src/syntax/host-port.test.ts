import { describe, expect, it } from "vitest";
import { formatHostPort, isLoopback, parseHostPort } from "./host-port.js";

describe("parseHostPort()", () => {
  const accepted: [text: string, host: string, port: number][] = [
    ["localhost:80", "localhost", 80],
    ["33domain:80", "33domain", 80],
    ["127.0.0.1:80", "127.0.0.1", 80],
    ["xn--74h.com:80", "xn--74h.com", 80],
    ["sub.xn_74h.com:80", "sub.xn_74h.com", 80],
    [":80", "127.0.0.1", 80],
    ["80", "127.0.0.1", 80],
    ["[::1]:80", "::1", 80],
    ["[2001:db8::1]:65535", "2001:db8::1", 65535],
    ["_srv.example.org:1", "_srv.example.org", 1],
  ];
  it.each(accepted)("accepts %s", (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port });
  });

  const refused = [
    "",
    "localhost",
    "127.0.0.1",
    "localhost:",
    ":",
    "localhost:65536",
    "localhost:99999",
    "localhost:-1",
    "a:b:80",
    "::1:80",
    "::1",
    "a..b:80",
    ".a:80",
    "a.:80",
    "-a:80",
    "a-:80",
    "a.-b:80",
    "a b:80",
    " a:80",
    "a:80 ",
    "a!b:80",
    "a/b:80",
    "a@b:80",
    "a#b:80",
    "é:80",
    "[::1]",
    "[::1]80",
    "[zz]:80",
    "[127.0.0.1]:80",
    "[]:80",
    "a:8o",
    "a:0x50",
    "a:1e3",
    "a:٣",
    "256.1.1.1:80",
    "1.2.3:80",
    `${"a".repeat(64)}:80`,
    `${"a.".repeat(127)}a:80`,
    "a:0",
    "0",
  ];
  it.each(refused)("refuses %j", (text) => {
    expect(() => parseHostPort(text)).toThrow(expect.objectContaining({ code: "USAGE_INVALID" }));
  });

  it("takes port 0 where the system may choose", () => {
    expect(parseHostPort("127.0.0.1:0", { portZero: true })).toEqual({ host: "127.0.0.1", port: 0 });
  });
});

describe("formatHostPort()", () => {
  it.each(["127.0.0.1:80", "[::1]:80", "localhost:1"])("writes %s as it was read", (text) => {
    expect(formatHostPort(parseHostPort(text))).toBe(text);
  });
});

describe("isLoopback()", () => {
  it("knows the addresses nobody else can reach", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1", "localhost"].every(isLoopback)).toBe(true);
    expect(["0.0.0.0", "::", "10.0.0.1", "127.example.org", "example.org"].some(isLoopback)).toBe(false);
  });
});
