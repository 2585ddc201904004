import { describe, expect, it } from "vitest";
import { formatHostPort, parseHostPort } from "./host-port.js";

describe("parseHostPort", () => {
  it.each([
    ["127.0.0.1:80", "127.0.0.1", 80],
    ["localhost:0", "localhost", 0],
    ["[::1]:65535", "::1", 65_535],
    [":80", "127.0.0.1", 80],
  ])("reads %s", (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port });
  });

  it.each(["", "80", "host", "::1:80", "host:65536", "host:-1", "a b:80", "[::1]", "[]:80", "host:80x"])(
    "refuses %j",
    (text) => {
      expect(() => parseHostPort(text)).toThrowError(expect.objectContaining({ code: "ADDRESS_INVALID" }));
    },
  );

  it("reads what formatHostPort writes", () => {
    expect(parseHostPort(formatHostPort("::1", 80))).toEqual({ host: "::1", port: 80 });
    expect(formatHostPort("127.0.0.1", 80)).toBe("127.0.0.1:80");
  });
});
