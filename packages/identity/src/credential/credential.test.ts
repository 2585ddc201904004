import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KnownIdentities } from "../history/known-identities.js";
import { createIdentity, type OwnIdentity, rotateIdentity } from "../history/own-identity.js";
import { domain, joinBytes } from "../keys/bytes.js";
import { memoryVault } from "../keys/memory-vault.js";
import {
  maxAttributes,
  maxClockAheadMs,
  maxCredentialMs,
  maxProofBytes,
  maxShownCredentials,
} from "../limits.js";
import { flippedBits, otherLengths } from "../testing/mutations.js";
import { examplesOf } from "../testing/protocol.js";
import { newIdentity, seededVault } from "../testing/seeds.js";
import { writeValidity } from "../validity.js";
import { readAttributes, writeAttributes } from "./attributes.js";
import {
  exportCredential,
  importCredential,
  issueCredential,
  maxCredentialBytes,
  verifyCredential,
} from "./credential.js";

const invalid = { code: "CREDENTIAL_INVALID" };
const subject = `I${"ab".repeat(32)}`;
const minute = 60_000;

/** A credential whose signed part is of the test's own making. */
async function signBody(issuer: OwnIdentity, body: Uint8Array): Promise<Uint8Array> {
  const identifier = Buffer.from(issuer.identifier.slice(1), "hex");
  const signature = await issuer.key.sign(joinBytes(domain("identity/credential/1"), identifier, body));
  const { history } = issuer;
  return joinBytes(Uint8Array.of(history.length >> 8, history.length & 255), history, signature, body);
}

describe("issueCredential, verifyCredential", () => {
  it("write and read the example bytes of PROTOCOL.md", async () => {
    const issuer = await createIdentity(seededVault());
    const nowMs = Date.UTC(2030, 0, 1);
    const attributes = { role: "web", "component.db": "true" };
    const bytes = await issueCredential(issuer, subject, { attributes, nowMs });
    expect(bytes).toEqual(examplesOf("### Examples of credentials").get("credential"));
    const credential = await verifyCredential(bytes, { issuers: [issuer.identifier], subject, nowMs });
    expect(credential).toMatchObject({ issuer: issuer.identifier, subject, notBeforeMs: nowMs });
    expect(credential.expiresAtMs).toBe(nowMs + 30 * minute);
    expect({ ...credential.attributes }).toEqual(attributes);
    expect(credential.bytes).toEqual(bytes);
    expect(importCredential(`${exportCredential(bytes)}\n`)).toEqual(bytes);
  });

  it("hold for whom and by whom they were signed", async () => {
    const [issuer, other] = [await newIdentity(), await newIdentity()];
    const bytes = await issueCredential(issuer, subject);
    const issuers = [other.identifier];
    await expect(verifyCredential(bytes, { issuers })).rejects.toThrow("which is not believed");
    issuers.push(issuer.identifier);
    await verifyCredential(bytes, { issuers });
    await expect(verifyCredential(bytes, { issuers, subject: other.identifier })).rejects.toMatchObject(
      invalid,
    );
  });

  it("end without leniency, and begin with that of a clock", async () => {
    const issuer = await newIdentity();
    const nowMs = 1_000_000_000;
    const bytes = await issueCredential(issuer, subject, { nowMs, lifetimeMs: 5_000 });
    const at = (time: number): Promise<unknown> =>
      verifyCredential(bytes, { issuers: [issuer.identifier], nowMs: time });
    await at(nowMs - maxClockAheadMs);
    await at(nowMs + 4_999);
    await expect(at(nowMs + 5_000)).rejects.toMatchObject({ code: "CREDENTIAL_EXPIRED" });
    await expect(at(nowMs - maxClockAheadMs - 1)).rejects.toMatchObject(invalid);
  });

  it("last at least a millisecond, and never longer than 366 days", async () => {
    const issuer = await newIdentity();
    const endless = writeValidity({ notBeforeMs: 7, expiresAtMs: Number.MAX_SAFE_INTEGER });
    const body = joinBytes(new Uint8Array(32), endless, Uint8Array.of(0));
    const bytes = await signBody(issuer, body);
    const credential = await verifyCredential(bytes, { issuers: [issuer.identifier], nowMs: 7 });
    expect(credential.expiresAtMs).toBe(7 + maxCredentialMs);
    for (const lifetimeMs of [0, maxCredentialMs + 1]) {
      const issued = issueCredential(issuer, subject, { lifetimeMs });
      await expect(issued).rejects.toMatchObject({ code: "OPTION_INVALID" });
    }
  });

  it("are refused with any bit changed, and at any other length", async () => {
    const vault = seededVault();
    const issuer = await rotateIdentity(vault, await createIdentity(vault));
    const bytes = await issueCredential(issuer, subject, { attributes: { role: "web" } });
    const issuers = [issuer.identifier];
    const refused = expect.objectContaining({
      code: expect.stringMatching(/^(CREDENTIAL|IDENTITY)_INVALID$/),
    });
    for (const changed of [...flippedBits(bytes, 7), ...otherLengths(bytes)]) {
      await expect(verifyCredential(changed, { issuers })).rejects.toEqual(refused);
    }
    await expect(verifyCredential(new Uint8Array(maxCredentialBytes + 1), { issuers })).rejects.toEqual(
      refused,
    );
  });

  it("are refused as random bytes, also when an authority signed these", async () => {
    const issuer = await newIdentity();
    const issuers = [issuer.identifier];
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await expect(verifyCredential(bytes, { issuers })).rejects.toMatchObject({
          code: expect.stringMatching(/^(CREDENTIAL|IDENTITY)_INVALID$/),
        });
        const signed = await signBody(issuer, Uint8Array.of(...new Uint8Array(44), ...bytes, 0xff));
        await expect(verifyCredential(signed, { issuers, nowMs: 0 })).rejects.toMatchObject({
          code: expect.stringMatching(/^CREDENTIAL_(INVALID|EXPIRED)$/),
        });
      }),
      { numRuns: 100 },
    );
  });

  it("end with the key that signed them, once the authority's newer history is known", async () => {
    const vault = memoryVault();
    const first = await createIdentity(vault);
    const second = await rotateIdentity(vault, first);
    const known = new KnownIdentities({ kept: [first] });
    const options = { issuers: [first.identifier], known };
    const old = await issueCredential(first, subject);
    await verifyCredential(old, options);
    await verifyCredential(await issueCredential(second, subject), options);
    await expect(verifyCredential(old, options)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
  });

  it("keep bytes of their own", async () => {
    const issuer = await newIdentity();
    const bytes = await issueCredential(issuer, subject);
    const copy = new Uint8Array(bytes);
    const verifying = verifyCredential(copy, { issuers: [issuer.identifier] });
    copy.fill(0);
    expect((await verifying).bytes).toEqual(bytes);
  });

  it.each(["", "I12", `I${"AB".repeat(32)}`, `J${"ab".repeat(32)}`])("are not made for %j", async (wrong) => {
    await expect(issueCredential(await newIdentity(), wrong)).rejects.toMatchObject(invalid);
  });

  it("are at most so long", async () => {
    const attributes = Object.fromEntries(
      Array.from({ length: maxAttributes }, (_, index) => [`a${index}`, "x".repeat(200)]),
    );
    await expect(issueCredential(await newIdentity(), subject, { attributes })).rejects.toThrow(
      "limit is 2048 bytes",
    );
    expect(maxCredentialBytes * maxShownCredentials + maxProofBytes).toBeLessThan(65_535);
    expect(() => importCredential("00".repeat(maxCredentialBytes + 1))).toThrow(
      expect.objectContaining(invalid),
    );
  });
});

describe("writeAttributes, readAttributes", () => {
  const names = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,20}$/).filter((name) => name !== "identifier");
  const values = fc
    .string({ maxLength: 60, unit: "grapheme" })
    .filter((value) => !/[\p{C}\u2028\u2029]/u.test(value));

  it("give back what was written, in one form whatever the order", () => {
    fc.assert(
      fc.property(fc.dictionary(names, values, { maxKeys: 8 }), (attributes) => {
        const bytes = writeAttributes(attributes);
        const entries = Object.entries(attributes);
        expect(writeAttributes(Object.fromEntries(entries.reverse()))).toEqual(bytes);
        expect(Object.entries(readAttributes(bytes)).sort()).toEqual(entries.sort());
      }),
    );
  });

  it("take no bytes that they would write in another way", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        let read: ReturnType<typeof readAttributes>;
        try {
          read = readAttributes(bytes);
        } catch (error) {
          expect(error).toMatchObject(invalid);
          return;
        }
        expect(writeAttributes(read)).toEqual(bytes);
      }),
      { numRuns: 2_000, examples: [[Uint8Array.of(0)], [Uint8Array.of(1, 1, 97, 1, 98)]] },
    );
  });

  it.each([
    ["__proto__", "x"],
    ["identifier", "x"],
    ["1st", "x"],
    ["a b", "x"],
    ["", "x"],
    ["a".repeat(65), "x"],
    ["a", "line\nfeed"],
    ["a", "\ud800"],
    ["a", "ä".repeat(128)],
  ])("refuse %j = %j", (name, value) => {
    const attributes = Object.fromEntries([[name, value]]);
    expect(() => writeAttributes(attributes)).toThrow(expect.objectContaining(invalid));
  });

  it("refuse names twice, out of order, too many, and what no object has by itself", () => {
    for (const text of ["\x02\x01a\x01x\x01a\x01y", "\x02\x01b\x01x\x01a\x01y", "\x01\x09__proto__\x01x"]) {
      expect(() => readAttributes(Buffer.from(text, "latin1"))).toThrow(expect.objectContaining(invalid));
    }
    const many = Object.fromEntries(
      Array.from({ length: maxAttributes + 1 }, (_, index) => [`a${index}`, ""]),
    );
    expect(() => writeAttributes(many)).toThrow("limit is 32");
    expect("toString" in readAttributes(Uint8Array.of(0))).toBe(false);
  });
});
