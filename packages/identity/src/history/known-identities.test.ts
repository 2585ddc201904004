import { describe, expect, it } from "vitest";
import { memoryVault } from "../keys/memory-vault.js";
import { flippedBits } from "../testing/mutations.js";
import { newIdentity } from "../testing/seeds.js";
import { KnownIdentities } from "./known-identities.js";
import { createIdentity, rotateIdentity } from "./own-identity.js";

describe("KnownIdentities", () => {
  it("refuses a history that is older than one it has seen, and one that goes on in another way", async () => {
    const vault = memoryVault();
    const first = await createIdentity(vault);
    const second = await rotateIdentity(vault, first);
    const thief = await rotateIdentity(vault, first);
    const known = new KnownIdentities();
    known.see(first);
    known.see(first);
    known.see(second);
    expect(known.get(first.identifier)?.history).toEqual(second.history);
    for (const stale of [first, thief, await rotateIdentity(vault, thief)]) {
      expect(() => known.see(stale)).toThrow(expect.objectContaining({ code: "IDENTITY_INVALID" }));
    }
    known.see(await rotateIdentity(vault, second));
    expect(known.get(first.identifier)?.publicKeys).toHaveLength(3);
  });

  it("verifies a history again when any bit of it is another", async () => {
    const identity = await newIdentity();
    const known = new KnownIdentities({ kept: [identity] });
    expect(await known.read(new Uint8Array(identity.history))).toBe(identity);
    for (const changed of flippedBits(identity.history, 11)) {
      await expect(known.read(changed)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
    }
    const other = await newIdentity();
    expect((await known.read(other.history)).identifier).toBe(other.identifier);
    await expect(known.read(new Uint8Array(0))).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
  });

  it("forgets those that were longest not seen, and never those that are kept", async () => {
    const vault = memoryVault();
    const kept = await createIdentity(vault);
    const newer = await rotateIdentity(vault, kept);
    const known = new KnownIdentities({ kept: [kept], maxRemembered: 2 });
    known.see(newer);
    const [one, two, three] = [await newIdentity(), await newIdentity(), await newIdentity()];
    for (const each of [one, two, one, three]) known.see(each);
    expect(known.get(two.identifier)).toBeUndefined();
    expect(known.get(one.identifier)).toBe(one);
    expect(known.get(three.identifier)).toBe(three);
    expect(() => known.see(kept)).toThrow("a newer history of it is known");
    expect(() => new KnownIdentities({ maxRemembered: -1 })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });
});
