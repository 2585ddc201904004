import { describe, expect, it } from "vitest";
import { visitorList } from "./visitor-list.js";

describe("visitorList", () => {
  const isListed = visitorList(["203.0.113.7", "10.0.0.0/8", "2001:db8::/32"]);

  it.each(["203.0.113.7", "10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"])("has %s", (address) => {
    expect(isListed(address)).toBe(true);
  });

  it.each(["203.0.113.8", "11.0.0.1", "::1", "2001:db9::1", "", undefined])("does not have %s", (address) => {
    expect(isListed(address)).toBe(false);
  });

  it.each(["10.0.0.0/33", "10.0.0/8", "host", "10.0.0.0/8/8", "::/129", "10.0.0.0/", ""])(
    "refuses %s",
    (entry) => {
      expect(() => visitorList([entry])).toThrowError(expect.objectContaining({ code: "ADDRESS_INVALID" }));
    },
  );
});
