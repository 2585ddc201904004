import { describe, expect, it } from "vitest";
import { SourceCounter } from "./source-counter.js";

const limits = { maxConnectionsPerHost: 2, maxConnectionsPerNetwork: 3 };

describe("SourceCounter", () => {
  it.each([
    ["an IPv4 host", "192.0.2.1", "192.0.2.1"],
    ["an IPv4 host that the system shows in IPv6 form", "::ffff:192.0.2.1", "192.0.2.1"],
    ["an IPv6 network of 64 bits", "2001:db8:1:2::1", "2001:db8:1:2:a:b:c:d"],
    ["an IPv6 network with zeros", "2001:db8::1", "2001:db8:0:0:1::"],
    ["the loopback host", "::1", "::1"],
    ["a link, whatever its zone", "fe80::1%eth0", "fe80::2%eth1"],
  ])("counts %s as one", (_, one, other) => {
    const counter = new SourceCounter(limits);
    counter.add(one);
    counter.add(other);
    expect(counter.refusal(one)).toBe("the listener has its limit of 2 connections from one host");
    expect(counter.refusal("198.51.100.1")).toBeUndefined();
  });

  it.each([
    ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.3.1"],
    ["2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:2:1::1"],
  ])("counts the network of %s", (one, two, three, elsewhere) => {
    const counter = new SourceCounter(limits);
    for (const address of [one, two, three]) {
      expect(counter.refusal(address)).toBeUndefined();
      counter.add(address);
    }
    expect(counter.refusal(one)).toBe("the listener has its limit of 3 connections from one network");
    expect(counter.refusal(elsewhere)).toBeUndefined();
  });

  it("forgets connections that are gone", () => {
    const counter = new SourceCounter(limits);
    const leave = [counter.add("::1"), counter.add("::1")];
    expect(counter.refusal("::1")).toBeDefined();
    leave[0]?.();
    expect(counter.refusal("::1")).toBeUndefined();
  });
});
