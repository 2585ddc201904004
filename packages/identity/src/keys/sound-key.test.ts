import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { soundX25519Vectors, unsoundX25519Vectors } from "../testing/wycheproof.js";
import { isSoundEd25519Key, isSoundX25519Key } from "./sound-key.js";

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const prime = 2n ** 255n - 19n;

/** A number as 32 bytes, little-endian. */
function encode(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));
}

/** Numbers around those that matter, with and without the highest bit. */
const special = [0n, prime, 2n ** 255n].flatMap((value) =>
  Array.from({ length: 41 }, (_, index) => value + BigInt(index) - 20n).filter((each) => each >= 0n),
);
const points = [...special, ...special.map((value) => value + 2n ** 255n)]
  .filter((value) => value < 2n ** 256n)
  .map(encode);

describe("isSoundEd25519Key", () => {
  /** Strict decoding and the order of the point, by another library. */
  function oracle(key: Uint8Array): boolean | undefined {
    try {
      return !ed25519.Point.fromBytes(key, false).isSmallOrder();
    } catch {
      return undefined;
    }
  }

  it("says of each point what the oracle says", () => {
    let known = 0;
    for (const key of points) {
      const expected = oracle(key);
      // Where nothing is a point, no signature fits either, so that both answers are right.
      if (expected === undefined) continue;
      known++;
      expect(isSoundEd25519Key(key), Buffer.from(key).toString("hex")).toBe(expected);
    }
    expect(known).toBeGreaterThan(20);
  });

  it("refuses all eight points of small order, in each form that they have", () => {
    const torsion = ed25519.Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    let point = torsion;
    for (let index = 0; index < 8; index++) {
      expect(isSoundEd25519Key(point.toBytes())).toBe(false);
      point = point.add(torsion);
    }
    for (const y of [0n, 1n, prime - 1n, prime, prime + 1n]) {
      for (const sign of [0n, 2n ** 255n]) expect(isSoundEd25519Key(encode(y + sign)), `y ${y}`).toBe(false);
    }
  });

  it("accepts the keys that people have, and no other length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const key = ed25519.getPublicKey(seed);
        expect(isSoundEd25519Key(key)).toBe(true);
        expect(isSoundEd25519Key(key.subarray(1))).toBe(false);
        expect(isSoundEd25519Key(Uint8Array.of(...key, 0))).toBe(false);
      }),
      { numRuns: 20 },
    );
  });
});

describe("isSoundX25519Key", () => {
  it("refuses every key of Wycheproof that is weak or not canonical, and no other", () => {
    for (const [id, , , key] of unsoundX25519Vectors)
      expect(isSoundX25519Key(hex(key)), `value ${id}`).toBe(false);
    for (const [id, key] of soundX25519Vectors) expect(isSoundX25519Key(hex(key)), `value ${id}`).toBe(true);
    expect(unsoundX25519Vectors).toHaveLength(27);
  });

  it("leaves no key with which a secret is all zeros", () => {
    const secret = x25519.utils.randomSecretKey();
    for (const key of points) {
      let isZero = false;
      try {
        isZero = x25519.getSharedSecret(secret, key).every((byte) => byte === 0);
      } catch {
        isZero = true;
      }
      if (isZero) expect(isSoundX25519Key(key)).toBe(false);
    }
  });

  it("accepts exactly one form of a number", () => {
    for (const value of [9n, 18n, prime - 2n]) {
      expect(isSoundX25519Key(encode(value))).toBe(true);
      expect(isSoundX25519Key(encode(value + 2n ** 255n))).toBe(false);
    }
    for (let value = prime; value < 2n ** 255n; value++) expect(isSoundX25519Key(encode(value))).toBe(false);
  });
});
