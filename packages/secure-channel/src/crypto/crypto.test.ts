import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { assert, asyncProperty, constantFrom, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../test-support/bytes.js";
import { x25519Cases } from "../../test-support/wycheproof-x25519.js";
import { joinBytes } from "../wire/bytes.js";
import type { ChannelCrypto } from "./channel-crypto.js";
import { checkedSecret, isSmallOrder } from "./checked-secret.js";
import { nodeCrypto } from "./node-crypto.js";
import { webCrypto } from "./web-crypto.js";

const forms: readonly (readonly [string, ChannelCrypto])[] = [
  ["Node", nodeCrypto],
  ["web", webCrypto],
];
const bytes = (length: number) => uint8Array({ minLength: length, maxLength: length });
const text = uint8Array({ maxLength: 200 });

describe.each(forms)("the cryptography of %s", (_name, crypto) => {
  it("seals and opens as @noble does", async () => {
    const ciphers = constantFrom("AESGCM", "ChaChaPoly" as const);
    await assert(
      asyncProperty(
        ciphers,
        bytes(32),
        bytes(12),
        text,
        text,
        text,
        async (cipher, key, nonce, associated, a, b) => {
          const aead = crypto.importAeadKey(cipher, key);
          const sealed = joinBytes(await aead.seal(nonce, associated, [a, b]));
          const oracle = (cipher === "AESGCM" ? gcm : chacha20poly1305)(key, nonce, associated);
          expect(toHex(sealed)).toBe(toHex(oracle.encrypt(joinBytes([a, b, new Uint8Array(0)]))));
          expect(toHex((await aead.open(nonce, associated, sealed)) ?? key)).toBe(toHex(a) + toHex(b));
          const altered = Uint8Array.from(sealed);
          altered[0] = (altered[0] ?? 0) ^ 0x80;
          expect(await aead.open(nonce, associated, altered)).toBeUndefined();
          expect(await aead.open(nonce, associated, sealed.subarray(0, 15))).toBeUndefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  it("hashes as @noble does", async () => {
    await assert(
      asyncProperty(text, text, async (key, what) => {
        expect(toHex(crypto.sha256(what))).toBe(toHex(sha256(what)));
        expect(toHex(crypto.hmacSha256(key, what))).toBe(toHex(hmac(sha256, key, what)));
      }),
      { numRuns: 60 },
    );
  });

  it("agrees on secrets as @noble does", async () => {
    const [mine, theirs] = [await crypto.generateKeyPair(), await crypto.generateKeyPair()];
    const secret = x25519.utils.randomSecretKey();
    const imported = await crypto.importKeyPair(secret);
    expect(toHex(imported.publicKey)).toBe(toHex(x25519.getPublicKey(secret)));
    expect(toHex(await checkedSecret(mine, theirs.publicKey))).toBe(
      toHex(await checkedSecret(theirs, mine.publicKey)),
    );
    expect(toHex(await checkedSecret(mine, imported.publicKey))).toBe(
      toHex(x25519.getSharedSecret(secret, mine.publicKey)),
    );
  });

  it("gives the secrets of Wycheproof, and refuses those of zeros and all keys of small order", async () => {
    let refused = 0;
    for (const [number, publicKey, privateKey, shared] of x25519Cases) {
      const pair = await crypto.importKeyPair(fromHex(privateKey));
      const secret = checkedSecret(pair, fromHex(publicKey));
      if (/^0+$/.test(shared)) {
        refused++;
        await expect(secret, `case ${number}`).rejects.toMatchObject({ code: "HANDSHAKE_FAILED" });
        expect(isSmallOrder(fromHex(publicKey)), `case ${number}`).toBe(true);
      } else {
        expect(toHex(await secret), `case ${number}`).toBe(shared);
      }
    }
    expect(refused).toBe(31);
  });

  it("refuses keys that are no keys", async () => {
    const pair = await crypto.generateKeyPair();
    await expect(checkedSecret(pair, new Uint8Array(31))).rejects.toMatchObject({ code: "HANDSHAKE_FAILED" });
    await expect(checkedSecret(pair, new Uint8Array(0))).rejects.toMatchObject({ code: "HANDSHAKE_FAILED" });
    const zeros = { publicKey: pair.publicKey, sharedSecret: () => new Uint8Array(32) };
    await expect(checkedSecret(zeros, pair.publicKey)).rejects.toMatchObject({ code: "HANDSHAKE_FAILED" });
  });
});

describe("memory that is given back", () => {
  it("is gone at once under Node, unless somebody else has a part of it", () => {
    const key = nodeCrypto.importAeadKey("AESGCM", new Uint8Array(32));
    const seal = () =>
      key.seal(new Uint8Array(12), new Uint8Array(21), [new Uint8Array(100_000)]) as Uint8Array[];
    const [sealed = new Uint8Array(0)] = seal();
    expect(sealed).toHaveLength(100_000);
    nodeCrypto.giveBack(sealed);
    expect([sealed.length, sealed.buffer.byteLength]).toEqual([0, 0]);
    const [other = new Uint8Array(0)] = seal();
    nodeCrypto.giveBack(other.subarray(1));
    expect(other).toHaveLength(100_000);
  });
});
