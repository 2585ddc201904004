import { describe, expect, it } from "vitest";
import { sourceAt } from "./source.js";

describe("sourceAt()", () => {
  it.each([
    ["tcp#10.1.2.3:7000", "10.1.2.3", "10.1.2.0/24"],
    ["udp#10.1.2.3:9", "10.1.2.3", "10.1.2.0/24"],
    ["10.1.2.3", "10.1.2.3", "10.1.2.0/24"],
    ["tcp#[::ffff:10.1.2.3]:7000", "10.1.2.3", "10.1.2.0/24"],
    ["tcp#[2001:db8:1:2aff::9]:7000", "2001:db8:1:2aff::/64", "2001:db8:1::/48"],
    ["memory#n3", "n3", "n3"],
    ["tcp#example.org:7000", "example.org", "example.org"],
  ])("finds host and network of %s", (remote, host, network) => {
    expect(sourceAt(remote)).toEqual({ host, network });
  });
});
