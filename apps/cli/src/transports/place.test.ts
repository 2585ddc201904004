import { describe, expect, it } from "vitest";
import { AddressSyntax } from "../syntax/multi-address.js";
import { readPlace, readPlaceOrName } from "./place.js";

const tcp = { name: "tcp", address: "host-port" } as const;
const pipe = { name: "pipe", address: "value" } as const;
const syntax = new AddressSyntax([tcp, { name: "udp", address: "host-port" }, pipe]);

describe("readPlace()", () => {
  it.each([
    ["127.0.0.1:7000", "127.0.0.1:7000"],
    ["7000", "127.0.0.1:7000"],
    ["[::1]:7000", "[::1]:7000"],
    ["/ip4/10.0.0.1/tcp/7000", "10.0.0.1:7000"],
    ["/ip6/::1/tcp/7000", "[::1]:7000"],
    ["/dnsaddr/localhost/tcp/7000", "localhost:7000"],
  ])("reads %s", (text, where) => {
    expect(readPlace(tcp, text, syntax)).toBe(where);
  });

  it.each([
    "/ip4/10.0.0.1/udp/7000",
    "/node/n2",
    "/ip4/10.0.0.1/tcp/7000/service/x",
    "localhost",
    "127.0.0.1:0",
  ])("refuses %s", (text) => {
    expect(() => readPlace(tcp, text, syntax)).toThrow(expect.objectContaining({ code: "USAGE_INVALID" }));
  });
});

describe("readPlace() of values", () => {
  it.each([
    ["/run/x.sock", "/run/x.sock"],
    ["x.sock", "x.sock"],
    ["/pipe/%2Frun%2Fx.sock", "/run/x.sock"],
    ["/pipe/x/y", "/pipe/x/y"],
  ])("reads %s", (text, where) => {
    expect(readPlace(pipe, text, syntax)).toBe(where);
  });

  it.each(["", "a b", "/pipe/%2", "/pipe/a%20b"])("refuses %j", (text) => {
    expect(() => readPlace(pipe, text, syntax)).toThrow(expect.objectContaining({ code: "USAGE_INVALID" }));
  });
});

describe("readPlaceOrName()", () => {
  it("leaves a worker's address as it is", () => {
    expect(readPlaceOrName(tcp, "/worker/abc", syntax)).toBe("/worker/abc");
    expect(readPlaceOrName(tcp, "abc", syntax)).toBe("abc");
    expect(readPlaceOrName(tcp, "/ip4/10.0.0.1/tcp/7000", syntax)).toBe("10.0.0.1:7000");
  });
});
