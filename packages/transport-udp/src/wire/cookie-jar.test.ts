import { describe, expect, it } from "vitest";
import { cookieSlotMs } from "../limits.js";
import { CookieJar } from "./cookie-jar.js";

describe("CookieJar", () => {
  it("knows its own cookies for one address and one connection, for a while", () => {
    let now = 5;
    const jar = new CookieJar(() => now);
    const cookie = jar.make("127.0.0.1:1", "aaaaaaaa");
    expect(jar.check(cookie, "127.0.0.1:1", "aaaaaaaa")).toBe(true);
    expect(jar.check(cookie, "127.0.0.1:2", "aaaaaaaa")).toBe(false);
    expect(jar.check(cookie, "127.0.0.1:1", "aaaaaaab")).toBe(false);
    now += cookieSlotMs;
    expect(jar.check(cookie, "127.0.0.1:1", "aaaaaaaa")).toBe(true);
    now += cookieSlotMs;
    expect(jar.check(cookie, "127.0.0.1:1", "aaaaaaaa")).toBe(false);
  });

  it("knows no cookie of another jar, none changed, cut or empty", () => {
    const jar = new CookieJar(() => 0);
    const cookie = jar.make("w", "i");
    expect(new CookieJar(() => 0).check(cookie, "w", "i")).toBe(false);
    for (let i = 0; i < cookie.length; i++) {
      const changed = Buffer.from(cookie);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(jar.check(changed, "w", "i")).toBe(false);
    }
    expect(jar.check(cookie.subarray(1), "w", "i")).toBe(false);
    expect(jar.check(Buffer.alloc(20), "w", "i")).toBe(false);
  });
});
