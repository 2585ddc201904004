import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { KnownIdentities } from "../history/known-identities.js";
import { createIdentity, rotateIdentity } from "../history/own-identity.js";
import { memoryVault } from "../keys/memory-vault.js";
import { maxAttestationMs, maxChanges, maxClockAheadMs, maxProofBytes } from "../limits.js";
import { flippedBits, otherLengths } from "../testing/mutations.js";
import { examplesOf } from "../testing/protocol.js";
import { newIdentity, purposeKey, seededVault } from "../testing/seeds.js";
import { soundX25519Vectors, unsoundX25519Vectors } from "../testing/wycheproof.js";
import { attestPurposeKey, verifyPurposeKey } from "./attestation.js";
import { channelIdentity, identityChecker } from "./channel-identity.js";

const invalid = { code: "IDENTITY_INVALID" };
const hour = 3_600_000;

describe("attestPurposeKey, verifyPurposeKey", () => {
  it("write and read the example bytes of PROTOCOL.md", async () => {
    const identity = await createIdentity(seededVault());
    const nowMs = Date.UTC(2030, 0, 1);
    const attestation = await attestPurposeKey(identity, purposeKey, { nowMs, lifetimeMs: hour });
    expect(attestation).toEqual(examplesOf("### Examples of identities").get("attestation"));
    const validity = await verifyPurposeKey(identity, attestation, purposeKey, nowMs);
    expect(validity).toEqual({ notBeforeMs: nowMs, expiresAtMs: nowMs + hour });
  });

  it("hold from five minutes before the beginning, for clocks that differ, to the end and not a millisecond more", async () => {
    const identity = await newIdentity();
    const nowMs = 1_000_000_000;
    const attestation = await attestPurposeKey(identity, purposeKey, { nowMs, lifetimeMs: hour });
    const at = (time: number): Promise<unknown> => verifyPurposeKey(identity, attestation, purposeKey, time);
    await at(nowMs - maxClockAheadMs);
    await at(nowMs + hour - 1);
    await expect(at(nowMs - maxClockAheadMs - 1)).rejects.toThrow("is not valid yet");
    await expect(at(nowMs + hour)).rejects.toThrow("has expired");
    await expect(at(Number.NaN)).rejects.toMatchObject(invalid);
  });

  it("cut a life that is longer than 30 days, whatever the peer signed", async () => {
    const identity = await newIdentity();
    const { writeValidity } = await import("../validity.js");
    const { domain, joinBytes } = await import("../keys/bytes.js");
    const identifier = Buffer.from(identity.identifier.slice(1), "hex");
    const validity = writeValidity({ notBeforeMs: 5, expiresAtMs: Number.MAX_SAFE_INTEGER });
    const signed = joinBytes(domain("identity/purpose-key/1"), identifier, validity, purposeKey);
    const attestation = joinBytes(validity, await identity.key.sign(signed));
    const read = await verifyPurposeKey(identity, attestation, purposeKey, 5);
    expect(read.expiresAtMs).toBe(5 + maxAttestationMs);
    await expect(
      verifyPurposeKey(identity, attestation, purposeKey, 5 + maxAttestationMs),
    ).rejects.toMatchObject(invalid);
    await expect(
      attestPurposeKey(identity, purposeKey, { lifetimeMs: maxAttestationMs + 1 }),
    ).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });

  it("refuse keys that are weak or not canonical, on both sides", async () => {
    const identity = await newIdentity();
    const attestation = await attestPurposeKey(identity, purposeKey);
    for (const [, , , text] of unsoundX25519Vectors) {
      const key = Buffer.from(text, "hex");
      await expect(attestPurposeKey(identity, key)).rejects.toMatchObject(invalid);
      await expect(verifyPurposeKey(identity, attestation, key)).rejects.toThrow("no sound X25519 key");
    }
    for (const [, text] of soundX25519Vectors.slice(0, 5)) {
      const key = Buffer.from(text, "hex");
      await verifyPurposeKey(identity, await attestPurposeKey(identity, key), key);
    }
  });
});

describe("channelIdentity, identityChecker", () => {
  it("prove whose an X25519 key is", async () => {
    const identity = await newIdentity();
    const proof = await channelIdentity(identity).proof(purposeKey);
    expect(await identityChecker().check(proof, purposeKey)).toEqual({ identifier: identity.identifier });
  });

  it("stay within 4 KiB with the longest history", async () => {
    const vault = memoryVault();
    let identity = await createIdentity(vault);
    while (identity.publicKeys.length < maxChanges) identity = await rotateIdentity(vault, identity);
    const proof = await channelIdentity(identity).proof(purposeKey);
    expect(proof.length).toBeLessThanOrEqual(maxProofBytes);
    expect(await identityChecker().check(proof, purposeKey)).toEqual({ identifier: identity.identifier });
  });

  it("refuse a proof with any bit changed, of another length, or for another key", async () => {
    const vault = seededVault();
    const identity = await rotateIdentity(vault, await createIdentity(vault));
    const proof = await channelIdentity(identity).proof(purposeKey);
    const checker = identityChecker();
    for (const changed of flippedBits(proof, 7)) {
      await expect(checker.check(changed, purposeKey)).rejects.toMatchObject(invalid);
    }
    for (const changed of otherLengths(proof)) {
      await expect(checker.check(changed, purposeKey)).rejects.toMatchObject(invalid);
    }
    for (const changed of flippedBits(purposeKey, 11)) {
      await expect(checker.check(proof, changed)).rejects.toMatchObject(invalid);
    }
    await expect(checker.check(new Uint8Array(maxProofBytes + 1), purposeKey)).rejects.toMatchObject(invalid);
  });

  it("refuse random bytes with one code", async () => {
    const checker = identityChecker();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.uint8Array({ maxLength: 33 }),
        async (proof, key) => {
          await expect(checker.check(proof, key)).rejects.toMatchObject(invalid);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("refuse what a key signed that was rotated away, once the newer history was seen", async () => {
    const vault = memoryVault();
    const first = await createIdentity(vault);
    const second = await rotateIdentity(vault, first);
    const checker = identityChecker(new KnownIdentities());
    const stolen = await channelIdentity(first).proof(purposeKey);
    await checker.check(stolen, purposeKey);
    await checker.check(await channelIdentity(second).proof(purposeKey), purposeKey);
    await expect(checker.check(stolen, purposeKey)).rejects.toThrow("a newer history of it is known");
    const mixed = Uint8Array.of(...second.history, ...stolen.subarray(first.history.length));
    await expect(identityChecker().check(mixed, purposeKey)).rejects.toThrow(
      "not signed by the identity's current key",
    );
  });

  it("do not remember a history whose proof fails", async () => {
    const vault = memoryVault();
    const first = await createIdentity(vault);
    const second = await rotateIdentity(vault, first);
    const known = new KnownIdentities();
    const proof = await channelIdentity(second).proof(purposeKey);
    const changed = Uint8Array.of(...proof.subarray(0, -1), (proof.at(-1) ?? 0) ^ 1);
    await expect(identityChecker(known).check(changed, purposeKey)).rejects.toMatchObject(invalid);
    expect(known.get(first.identifier)).toBeUndefined();
  });

  it("end with the clock", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const proof = await channelIdentity(await newIdentity(), { lifetimeMs: 1_000 }).proof(purposeKey);
      vi.setSystemTime(Date.now() + 999);
      await identityChecker().check(proof, purposeKey);
      vi.setSystemTime(Date.now() + 1);
      await expect(identityChecker().check(proof, purposeKey)).rejects.toThrow("has expired");
    } finally {
      vi.useRealTimers();
    }
  });
});
