import { describe, expect, it } from "vitest";
import { readPlace, readPlaceOrName } from "./connection-place.js";

describe("readPlace()", () => {
  it.each([
    ["127.0.0.1:7000", "127.0.0.1:7000"],
    ["7000", "127.0.0.1:7000"],
    ["[::1]:7000", "[::1]:7000"],
    ["/ip4/10.0.0.1/tcp/7000", "10.0.0.1:7000"],
    ["/ip6/::1/tcp/7000", "[::1]:7000"],
    ["/dnsaddr/localhost/tcp/7000", "localhost:7000"],
  ])("reads %s", (text, where) => {
    expect(readPlace("tcp", text)).toBe(where);
  });

  it.each([
    "/ip4/10.0.0.1/udp/7000",
    "/node/n2",
    "/ip4/10.0.0.1/tcp/7000/service/x",
    "localhost",
    "127.0.0.1:0",
  ])("refuses %s", (text) => {
    expect(() => readPlace("tcp", text)).toThrow(expect.objectContaining({ code: "USAGE_INVALID" }));
  });
});

describe("readPlaceOrName()", () => {
  it("leaves a worker's address as it is", () => {
    expect(readPlaceOrName("tcp", "/worker/abc")).toBe("/worker/abc");
    expect(readPlaceOrName("tcp", "abc")).toBe("abc");
    expect(readPlaceOrName("tcp", "/ip4/10.0.0.1/tcp/7000")).toBe("10.0.0.1:7000");
  });
});
