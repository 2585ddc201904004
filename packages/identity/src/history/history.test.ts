import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryVault } from "../keys/memory-vault.js";
import { maxChanges } from "../limits.js";
import { flippedBits, otherLengths } from "../testing/mutations.js";
import { examplesOf } from "../testing/protocol.js";
import { keyOfSeed, newIdentity, seededVault, seeds } from "../testing/seeds.js";
import { beginHistory, continueHistory, isIdentifier, maxHistoryBytes, readIdentity } from "./history.js";
import {
  createIdentity,
  describeIdentity,
  exportIdentity,
  importIdentity,
  openIdentity,
  rotateIdentity,
} from "./own-identity.js";

const examples = examplesOf("### Examples of identities");

describe("createIdentity, rotateIdentity", () => {
  it("write the example bytes of PROTOCOL.md", async () => {
    const vault = seededVault();
    const first = await createIdentity(vault);
    const second = await rotateIdentity(vault, first);
    expect(first.history).toEqual(examples.get("history"));
    expect(second.history).toEqual(examples.get("rotated"));
    expect(second.identifier).toBe(`I${Buffer.from(examples.get("identifier") ?? []).toString("hex")}`);
  });

  it("keep the identifier, and open again with the vault's newest key only", async () => {
    const vault = memoryVault();
    const first = await createIdentity(vault);
    const second = await rotateIdentity(vault, first);
    expect(second.identifier).toBe(first.identifier);
    expect(isIdentifier(first.identifier)).toBe(true);
    expect(second.publicKeys).toHaveLength(2);
    expect(await vault.publicKeys()).toHaveLength(2);
    await vault.deleteKey(first.key.publicKey);
    expect((await openIdentity(vault, second.history)).key.publicKey).toEqual(second.key.publicKey);
    await expect(openIdentity(vault, first.history)).rejects.toMatchObject({ code: "VAULT_KEY_NOT_FOUND" });
  });

  it("end at the limit, and leave no key behind then", async () => {
    const vault = memoryVault();
    let identity = await createIdentity(vault);
    while (identity.publicKeys.length < maxChanges) identity = await rotateIdentity(vault, identity);
    expect(identity.history).toHaveLength(maxHistoryBytes);
    await expect(rotateIdentity(vault, identity)).rejects.toMatchObject({ code: "IDENTITY_LIMIT_EXCEEDED" });
    expect(await vault.publicKeys()).toHaveLength(maxChanges);
    expect((await readIdentity(identity.history)).identifier).toBe(identity.identifier);
    const longer = Uint8Array.of(...identity.history, ...new Uint8Array(160));
    await expect(readIdentity(longer)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
  });
});

describe("readIdentity", () => {
  it("refuses a history with any bit changed, except that another first key is another identity", async () => {
    const vault = seededVault();
    const { history } = await rotateIdentity(vault, await createIdentity(vault));
    for (const changed of flippedBits(history, 5)) {
      await expect(readIdentity(changed)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
    }
  });

  it("refuses every other length than those of histories", async () => {
    const vault = seededVault();
    const first = await createIdentity(vault);
    const { history } = await rotateIdentity(vault, first);
    for (const changed of otherLengths(history)) {
      if (changed.length === first.history.length) continue;
      await expect(readIdentity(changed)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
    }
  });

  it("refuses random bytes of any length with one code", async () => {
    const lengths = fc.oneof(fc.integer({ min: 0, max: 600 }), fc.constantFrom(97, 257, 417));
    const random = lengths.chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
    await fc.assert(
      fc.asyncProperty(random, async (bytes) => {
        if (bytes.length > 0) bytes[0] = 1;
        await expect(readIdentity(bytes)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
      }),
      { numRuns: 200 },
    );
  });

  it("refuses a change that only the old or only the new key signed, and one of another identity", async () => {
    const [one, two, three] = seeds.map(keyOfSeed);
    if (!one || !two || !three) throw new Error("Seeds are missing");
    const identity = await beginHistory(one);
    await expect(continueHistory(identity, two, three)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
    const wrongNext = { publicKey: two.publicKey, sign: three.sign.bind(three) };
    await expect(continueHistory(identity, one, wrongNext)).rejects.toMatchObject({
      code: "IDENTITY_INVALID",
    });
    const other = await continueHistory(await beginHistory(two), two, three);
    const spliced = Uint8Array.of(...identity.history, ...other.history.subarray(97));
    await expect(readIdentity(spliced)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
  });

  it("refuses a return to an earlier key, which may be the one that was stolen", async () => {
    const [one, two] = seeds.map(keyOfSeed);
    if (!one || !two) throw new Error("Seeds are missing");
    const rotated = await continueHistory(await beginHistory(one), one, two);
    await expect(continueHistory(rotated, two, one)).rejects.toThrow("brings back an earlier key");
    await expect(continueHistory(rotated, two, two)).rejects.toThrow("brings back an earlier key");
  });

  it("refuses a first key of small order, although platforms take its signature", async () => {
    const history = new Uint8Array(97);
    history.set([1, 1]);
    history[33] = 1;
    await expect(readIdentity(history)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
  });

  it("keeps bytes of its own", async () => {
    const { history } = await newIdentity();
    const bytes = new Uint8Array(history);
    const reading = readIdentity(bytes);
    bytes.fill(0);
    expect((await reading).history).toEqual(history);
  });
});

describe("exportIdentity, importIdentity, describeIdentity", () => {
  it("take a line back to the same output, and show no secret", async () => {
    const vault = seededVault();
    const identity = await rotateIdentity(vault, await createIdentity(vault));
    const imported = await importIdentity(`${exportIdentity(identity)}\n`);
    expect(describeIdentity(imported)).toBe(describeIdentity(identity));
    expect(exportIdentity(imported)).toBe(exportIdentity(identity));
    expect(describeIdentity(identity)).toBe(
      `Identifier: ${identity.identifier}\n` +
        "Change[0]:\n" +
        "  primary_public_key: Ed25519 d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\n" +
        "Change[1]:\n" +
        "  primary_public_key: Ed25519 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    );
    for (const seed of seeds) expect(exportIdentity(identity)).not.toContain(seed);
  });

  it.each(["", "0", "zz", "01 02", `${"00".repeat(100_000)}`])(
    "refuses other text without repeating it",
    async (text) => {
      await expect(importIdentity(text)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
    },
  );
});
