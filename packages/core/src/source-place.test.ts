import { describe, expect, it } from "vitest";
import { placeOf } from "./source-place.js";

describe("placeOf()", () => {
  it.each([
    ["10.1.2.3", "10.1.2.3", "10.1.2.0/24"],
    ["::ffff:10.1.2.3", "10.1.2.3", "10.1.2.0/24"],
    ["2001:db8:1:2aff::9", "2001:db8:1:2aff::/64", "2001:db8:1::/48"],
    ["2001:0db8:0001:2A01:1:2:3:4", "2001:db8:1:2a01::/64", "2001:db8:1::/48"],
    ["::1", "0:0:0:0::/64", "0:0:0::/48"],
    ["fe80::1%eth0", "fe80:0:0:0::/64", "fe80:0:0::/48"],
    ["n3", "n3", "n3"],
    ["example.org", "example.org", "example.org"],
    ["1::2::3", "1::2::3", "1::2::3"],
    ["1:2:3", "1:2:3", "1:2:3"],
    ["12345::", "12345::", "12345::"],
  ])("finds host and network of %s", (address, host, network) => {
    expect(placeOf(address)).toEqual({ host, network });
  });
});
