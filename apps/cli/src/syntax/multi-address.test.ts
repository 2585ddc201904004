import { describe, expect, it } from "vitest";
import { AddressSyntax } from "./multi-address.js";
import { resolveRoute } from "./route-resolution.js";

const hex = "0123456789abcdef0123456789abcdef";
const syntax = new AddressSyntax([
  { name: "tcp", address: "host-port" },
  { name: "udp", address: "host-port" },
  { name: "pipe", address: "value" },
]);
const findNode = async (name: string): Promise<string> => `tcp#127.0.0.1:${name === "n2" ? 7000 : 7001}`;
const resolve = (text: string, self?: string) =>
  resolveRoute(syntax.parse(text), { findNode, ...(self === undefined ? {} : { self }) });

describe("AddressSyntax.parse()", () => {
  it.each([
    ["/node/n2/service/echo", ["tcp#127.0.0.1:7000", "echo"]],
    [
      `/worker/${hex}/service/forward_to_n3/service/hop/service/outlet`,
      [hex, "forward_to_n3", "hop", "outlet"],
    ],
    ["/ip4/10.0.0.1/tcp/7000", ["tcp#10.0.0.1:7000"]],
    ["/ip6/::1/udp/7000/service/echo", ["udp#[::1]:7000", "echo"]],
    ["/dnsaddr/localhost/tcp/7000", ["tcp#localhost:7000"]],
    ["/pipe/%2Frun%2Fx%231.sock/service/echo", ["pipe#/run/x#1.sock", "echo"]],
  ])("reads %s", async (text, route) => {
    expect(await resolve(text)).toEqual(route);
  });

  it("leaves out the node the route begins at, and no other", async () => {
    expect(await resolve("/node/n1/service/echo", "n1")).toEqual(["echo"]);
    expect(await resolve("/node/n2/service/echo", "n1")).toEqual(["tcp#127.0.0.1:7000", "echo"]);
  });

  it.each([
    "",
    "/",
    "echo",
    "/alice/service",
    "alice/relay",
    "/service",
    "/service/",
    "/service//service/x",
    "/node/a.b",
    "/ip4/10.0.0.1",
    "/ip4/10.0.0.1/tcp",
    "/ip4/10.0.0.1/tcp/0",
    "/ip4/10.0.0.1/tcp/65536",
    "/ip4/10.0.0.1/sctp/1",
    "/ip4/localhost/tcp/1",
    "/ip6/10.0.0.1/tcp/1",
    "/dnsaddr/-a/tcp/1",
    "/ip4/10.0.0.1/pipe/1",
    "/pipe",
    "/pipe/",
    "/pipe//run/x",
    "/pipe/%2",
    "/pipe/a%20b",
    "/tcp/7000",
    "/service/a b",
    "/service/tcp#a:1",
    "/__proto__/x",
    "/constructor/x",
    "/service/echo/",
    "/-/service/x",
  ])("refuses %j", (text) => {
    expect(() => syntax.parse(text)).toThrow(expect.objectContaining({ code: "USAGE_INVALID" }));
  });

  it.each([
    ["/ip4/127.0.0.1/tcp/70000/service/echo", '"70000" is no port from 1 to 65535'],
    ["/ip4/127.0.0.1/sctp/7000", "behind host 127.0.0.1 comes /sctp, which is none of /tcp, /udp"],
    ["/ip4/127.0.0.1", "behind host 127.0.0.1 comes nothing"],
    ["/ip4/300.0.0.1/tcp/1", '"300.0.0.1" is no IPv4 address'],
    ["/ip6/::g/tcp/1", '"::g" is no IPv6 address'],
    ["/node/my node/service/echo", '"my node" is no name of a node'],
    ["/service/a b", '"a b" is no address'],
    ["/pipe/%2", '"%2" is no place of pipe'],
    ["localhost:7000", "it is a host and port, and not a route"],
  ])("tells what is wrong with %j", (text, problem) => {
    expect(() => syntax.parse(text)).toThrow(problem);
  });

  it("takes a step that ends in a port for what it is", () => {
    expect(syntax.parse("/pipe/127.0.0.1:7000")).toHaveLength(1);
  });

  it("tells how a host and port are written in a route", () => {
    for (const [text, step] of [
      [":7000", "/ip4/127.0.0.1/tcp/7000"],
      ["[::1]:7000", "/ip6/::1/tcp/7000"],
      ["example.org:80", "/dnsaddr/example.org/tcp/80"],
    ] as const) {
      expect(() => syntax.parse(text)).toThrow(
        expect.objectContaining({ hint: expect.stringContaining(`Give it as ${step}, `) }),
      );
    }
  });

  it("refuses more hops than a route can have", async () => {
    await expect(resolve("/service/hop".repeat(1000))).rejects.toMatchObject({ code: "ROUTE_TOO_LONG" });
  });
});

describe("AddressSyntax.format()", () => {
  it.each([
    `/worker/${hex}`,
    "/service/forward_to_n3",
    "/ip4/10.0.0.1/tcp/7000",
    "/ip6/::1/udp/7000",
    "/pipe/%2Frun%2Fx%231.sock",
    "/dnsaddr/localhost/tcp/7000",
  ])("writes %s as it was read", async (text) => {
    expect((await resolve(text)).map((hop) => syntax.format(hop))).toEqual([text]);
  });
});
