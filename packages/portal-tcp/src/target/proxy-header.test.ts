import { describe, expect, it } from "vitest";
import { proxyHeader } from "./proxy-header.js";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("proxyHeader", () => {
  it("tells about IPv4 visitors", () => {
    const about = { visitor: "203.0.113.7:51234", entrance: "127.0.0.1:6000" };
    expect(text(proxyHeader("v1", about))).toBe("PROXY TCP4 203.0.113.7 127.0.0.1 51234 6000\r\n");
    const header = `${"0d0a0d0a000d0a515549540a"}2111000c${"cb007107"}${"7f000001"}c8221770`;
    expect(hex(proxyHeader("v2", about))).toBe(header);
  });

  it("tells about IPv6 visitors, without zones", () => {
    const about = { visitor: "[fe80::1%eth0]:1", entrance: "[::1]:2" };
    expect(text(proxyHeader("v1", about))).toBe("PROXY TCP6 fe80::1 ::1 1 2\r\n");
    const [from, to] = [`fe80${"0".repeat(27)}1`, `${"0".repeat(31)}1`];
    expect(hex(proxyHeader("v2", about)).slice(24)).toBe(`21210024${from}${to}00010002`);
  });

  it("writes IPv4 visitors of IPv6 listeners as IPv4", () => {
    const about = { visitor: "[::ffff:10.0.0.1]:1", entrance: "[::ffff:10.0.0.2]:2" };
    expect(text(proxyHeader("v1", about))).toBe("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n");
  });

  it("tells nothing about visitors that are not known", () => {
    expect(text(proxyHeader("v1", {}))).toBe("PROXY UNKNOWN\r\n");
    expect(hex(proxyHeader("v2", { visitor: "x:1", entrance: "y:2" })).slice(24)).toBe("21000000");
  });
});
