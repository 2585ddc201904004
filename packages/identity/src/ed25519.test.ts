import { createPrivateKey, createPublicKey, diffieHellman, webcrypto } from "node:crypto";
import { ed25519 as noble } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { ed25519 as node } from "./ed25519-node.js";
import { ed25519 as web } from "./ed25519-web.js";
import { isSoundX25519Key } from "./keys/sound-key.js";
import { verifySignature } from "./keys/verify-signature.js";
import { keyOfSeed, seeds } from "./testing/seeds.js";
import { ed25519Vectors, unsoundX25519Vectors } from "./testing/wycheproof.js";

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

describe.each([
  ["node", node],
  ["web", web],
])("ed25519, the %s form", (_, form) => {
  it("agrees with all values of Wycheproof", async () => {
    let count = 0;
    for (const { publicKey, tests } of ed25519Vectors) {
      for (const [id, valid, message, signature] of tests) {
        const verified = await form.verify(hex(publicKey), hex(message), hex(signature));
        expect(verified, `value ${id}`).toBe(valid);
        count++;
      }
    }
    expect(count).toBe(151);
  });

  it("makes keys whose signatures the other forms verify", async () => {
    const key = await form.generate();
    const message = hex("00ff");
    const signature = await key.sign(message);
    expect(key.publicKey).toHaveLength(32);
    expect(signature).toHaveLength(64);
    for (const other of [node, web]) expect(await other.verify(key.publicKey, message, signature)).toBe(true);
    expect(noble.verify(signature, message, key.publicKey)).toBe(true);
    expect(await form.verify(key.publicKey, hex("00fe"), signature)).toBe(false);
  });

  it("says no to what is no key and no signature", async () => {
    const key = keyOfSeed(seeds[0] ?? "");
    const signature = await key.sign(hex("01"));
    expect(await form.verify(key.publicKey.subarray(1), hex("01"), signature)).toBe(false);
    expect(await form.verify(new Uint8Array(0), hex("01"), signature)).toBe(false);
    expect(await form.verify(key.publicKey, hex("01"), signature.subarray(1))).toBe(false);
    expect(await form.verify(key.publicKey, hex("01"), new Uint8Array(0))).toBe(false);
  });
});

describe("verifySignature", () => {
  // Node.js 20 and 22 take such signatures, with the identity point for every message; Node.js 24 refuses them. Nobody shall have to know.
  it.each([
    ["the identity point", "0100000000000000000000000000000000000000000000000000000000000000"],
    ["the identity point, not reduced", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"],
    ["the identity point with a sign", "0100000000000000000000000000000000000000000000000000000000000080"],
    ["a point of order 2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"],
    ["a point of order 4", "0000000000000000000000000000000000000000000000000000000000000000"],
    ["a point of order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"],
  ])(
    "refuses %s, whose one signature fits every message by RFC 8032's cofactored equation",
    async (_, point) => {
      // R is the identity and S is zero: 8 S B = 8 R + 8 h A for every h.
      const signature = new Uint8Array(64).fill(1, 0, 1);
      for (let index = 0; index < 32; index++) {
        const message = Uint8Array.of(index);
        expect(noble.verify(signature, message, hex(point), { zip215: true })).toBe(true);
        expect(await verifySignature(hex(point), message, signature)).toBe(false);
      }
    },
  );
});

describe("X25519 of the platform", () => {
  const der = (prefix: string, key: string): Buffer => Buffer.from(prefix + key, "hex");

  /** What the platform makes of it: a shared secret in hex digits, or nothing when it refuses. */
  async function agree(secret: string, publicKey: string): Promise<(string | undefined)[]> {
    const pkcs8 = der("302e020100300506032b656e04220420", secret);
    const spki = der("302a300506032b656e032100", publicKey);
    const byNode = (): Buffer =>
      diffieHellman({
        privateKey: createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }),
        publicKey: createPublicKey({ key: spki, format: "der", type: "spki" }),
      });
    const { subtle } = webcrypto;
    const byWeb = async (): Promise<ArrayBuffer> =>
      subtle.deriveBits(
        { name: "X25519", public: await subtle.importKey("raw", hex(publicKey), "X25519", false, []) },
        await subtle.importKey("pkcs8", pkcs8, "X25519", false, ["deriveBits"]),
        256,
      );
    const results = await Promise.allSettled([(async () => byNode())(), byWeb()]);
    return results.map((result) =>
      result.status === "fulfilled" ? Buffer.from(new Uint8Array(result.value)).toString("hex") : undefined,
    );
  }

  it("refuses secrets that are all zeros, and takes keys that are not canonical: no such key gets that far", async () => {
    const taken: number[] = [];
    for (const [id, isZero, secret, publicKey] of unsoundX25519Vectors) {
      const [byNode, byWeb] = await agree(secret, publicKey);
      expect(byWeb).toBe(byNode);
      expect(byNode === undefined, `value ${id}`).toBe(isZero);
      if (byNode !== undefined) taken.push(id);
      expect(isSoundX25519Key(hex(publicKey)), `value ${id}`).toBe(false);
    }
    expect(taken).toHaveLength(13);
  });
});
