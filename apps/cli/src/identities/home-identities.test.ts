import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportIdentity, isIdentifier, issueCredential, verifyCredential } from "@x/identity";
import { FileVault } from "@x/identity/node";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import { HomeIdentities, type NamedIdentity } from "./home-identities.js";
import { maxHomeIdentities } from "./limits.js";
import type { Passphrases } from "./passphrases.js";

const code = (expected: string): object => expect.objectContaining({ code: expected });

const passphrases = (of: Passphrases["of"]): Passphrases => ({ of, forNew: async () => undefined });

/** The hex digits of an exported history. */
const exported = ({ history }: NamedIdentity): string => Buffer.from(history).toString("hex");

describe("HomeIdentities", () => {
  it("makes the default identity and vault at first use, for the user alone", async () => {
    await using folder = await temporaryFolder();
    const home = join(folder.path, "home");
    const identities = new HomeIdentities(home);
    expect(identities.list()).toEqual([]);
    const { identifier, key } = await identities.use();
    expect(isIdentifier(identifier)).toBe(true);
    expect(identities.list()).toMatchObject([
      { name: "default", identifier, vault: "default", isDefault: true },
    ]);
    expect(identities.vaults.list()).toEqual([
      { name: "default", path: join(home, "vaults/default"), isDefault: true },
    ]);
    for (const file of ["identities.json", "vaults/default/vault"])
      expect((await stat(join(home, file))).mode & 0o777).toBe(0o600);
    const again = await new HomeIdentities(home).use("default");
    expect(again.key.publicKey).toEqual(key.publicKey);
    expect(await readdir(join(home, "locks"))).toEqual([]);
  });

  it("makes one of each name, also when several processes ask at once", async () => {
    await using home = await temporaryFolder();
    const homes = Array.from({ length: 5 }, () => new HomeIdentities(home.path));
    const used = await Promise.all(homes.map((identities) => identities.use("api")));
    expect(new Set(used.map(({ identifier }) => identifier)).size).toBe(1);
    expect(
      await new HomeIdentities(home.path).vaults.openLocked("default").then((vault) => vault.publicKeys()),
    ).toHaveLength(1);
  });

  it("finds by name, and says not found", async () => {
    await using home = await temporaryFolder();
    const identities = new HomeIdentities(home.path);
    expect(() => identities.find()).toThrow(code("RESOURCE_NOT_FOUND"));
    const a = await identities.create({ name: "a" });
    const b = await identities.create({ name: "b" });
    expect(identities.find()).toMatchObject({ name: "a" });
    expect(identities.find("b").identifier).toBe(b.identifier);
    expect(() => identities.find("c")).toThrow(/identity "c": not found/);
    expect(identities.own()).toEqual([a.identifier, b.identifier]);
    await identities.setDefault("b");
    expect(new HomeIdentities(home.path).find()).toMatchObject({ name: "b", isDefault: true });
    await expect(identities.setDefault("c")).rejects.toThrow(code("RESOURCE_NOT_FOUND"));
    await identities.delete(["b"]);
    expect(identities.find()).toMatchObject({ name: "a", isDefault: true });
    await identities.create({ name: "b" });
    expect(identities.find()).toMatchObject({ name: "a" });
  });

  it("refuses names that are taken or none, unknown vaults and more than its limit", async () => {
    await using home = await temporaryFolder();
    const identities = new HomeIdentities(home.path);
    const { identifier, history } = await identities.create({ name: "a" });
    await expect(identities.create({ name: "a" })).rejects.toThrow(code("RESOURCE_NAME_TAKEN"));
    await expect(identities.import("b", Buffer.from(history).toString("hex"))).rejects.toThrow(
      /is there as "a"/,
    );
    await expect(identities.create({ name: "b", vault: "v" })).rejects.toThrow(code("RESOURCE_NOT_FOUND"));
    for (const name of ["../a", "", "a/b", ".."]) {
      await expect(identities.use(name)).rejects.toThrow(code("USAGE_INVALID"));
      await expect(identities.import(name, "00")).rejects.toThrow(code("USAGE_INVALID"));
      await expect(identities.vaults.create({ name })).rejects.toThrow(code("USAGE_INVALID"));
    }
    const path = join(home.path, "identities.json");
    const book = JSON.parse(await readFile(path, "utf8"));
    const [one] = book.identities;
    book.identities = Array.from({ length: maxHomeIdentities }, (_, index) => ({
      ...one,
      name: `i${index}`,
    }));
    await writeFile(path, JSON.stringify(book));
    await expect(identities.create({ name: "more" })).rejects.toThrow(code("STATE_FAILED"));
    expect(identities.find("i999").identifier).toBe(identifier);
  });

  it("imports what can be named, and not used", async () => {
    await using home = await temporaryFolder();
    await using other = await temporaryFolder();
    const theirs = await new HomeIdentities(other.path).create({ name: "peer" });
    const identities = new HomeIdentities(home.path);
    await identities.import("peer", exported(theirs));
    expect(identities.find()).toMatchObject({
      name: "peer",
      identifier: theirs.identifier,
      vault: undefined,
    });
    expect(identities.own()).toEqual([]);
    await expect(identities.use()).rejects.toThrow(code("VAULT_KEY_NOT_FOUND"));
    await expect(identities.rotate("peer")).rejects.toThrow(code("VAULT_KEY_NOT_FOUND"));
    await expect(identities.import("x", exported(theirs).replace(/..$/, "00"))).rejects.toThrow(
      code("IDENTITY_INVALID"),
    );
    await identities.delete(["peer"]);
    expect(identities.list()).toEqual([]);
  });

  it("rotates: the identifier stays, running processes have the new key at their next use, the old one is gone", async () => {
    await using home = await temporaryFolder();
    const node = new HomeIdentities(home.path);
    const before = await node.use("a");
    expect(await node.use("a")).toBe(before);
    const credential = await issueCredential(before, before.identifier);
    const rotated = await new HomeIdentities(home.path).rotate("a");
    expect(rotated.identifier).toBe(before.identifier);
    const after = await node.use("a");
    expect(after.publicKeys).toHaveLength(2);
    expect(exportIdentity(after)).toBe(exported(rotated));
    const keys = await (await node.vaults.openLocked("default")).publicKeys();
    expect(keys).toEqual([after.key.publicKey]);
    // Signed before, and with the history of then: good for those alone who do not know better.
    const issuers = [before.identifier];
    await verifyCredential(credential, { issuers });
    const known = await node.known();
    await expect(verifyCredential(credential, { issuers, known })).rejects.toThrow(code("IDENTITY_INVALID"));
  });

  it("keeps what a rotation that was killed at any place leaves [identity-rotation]", async () => {
    await using home = await temporaryFolder();
    const identities = new HomeIdentities(home.path);
    const { history } = await identities.create({ name: "a" });
    const vault = await identities.vaults.open("default");
    // Before its new history was saved, there is a key that nobody knows of.
    await vault.createKey();
    expect((await new HomeIdentities(home.path).use("a")).history).toEqual(new Uint8Array(history));
    // After it, the old key is still there.
    const deleteKey = FileVault.prototype.deleteKey;
    FileVault.prototype.deleteKey = async () => {
      throw new Error("killed");
    };
    try {
      await expect(identities.rotate("a")).rejects.toThrow("killed");
    } finally {
      FileVault.prototype.deleteKey = deleteKey;
    }
    const used = await new HomeIdentities(home.path).use("a");
    expect(used.publicKeys).toHaveLength(2);
    await identities.rotate("a");
    const left = await vault.publicKeys();
    for (const publicKey of used.publicKeys) expect(left).not.toContainEqual(publicKey);
  });

  it("deletes an identity with its key, also from a vault whose passphrase nobody knows", async () => {
    await using home = await temporaryFolder();
    const identities = new HomeIdentities(
      home.path,
      passphrases(async () => "secret"),
    );
    await identities.vaults.create({ name: "v", passphrase: "secret" });
    await identities.create({ name: "a" });
    const stranger = new HomeIdentities(home.path);
    await expect(stranger.use("a")).rejects.toThrow(code("VAULT_LOCKED"));
    await stranger.delete(["a"]);
    expect(await (await stranger.vaults.openLocked("v")).publicKeys()).toEqual([]);
    await expect(identities.delete(["a"])).rejects.toThrow(code("RESOURCE_NOT_FOUND"));
  });

  it("deletes credentials and memberships with their identities, so that no other one of that name has them", async () => {
    await using home = await temporaryFolder();
    const identities = new HomeIdentities(home.path);
    const authority = await identities.use("authority");
    const [a, b] = [await identities.create({ name: "a" }), await identities.create({ name: "b" })];
    for (const { identifier, name } of [a, b]) {
      const bytes = await issueCredential(authority, identifier);
      const issuers = [authority.identifier];
      await identities.credentials.store(await verifyCredential(bytes, { issuers }));
      const history = exportIdentity(authority);
      await identities.memberships.add({
        authority: authority.identifier,
        history,
        routes: [],
        identity: name,
      });
    }
    await identities.delete(["b"]);
    expect((await identities.credentials.list()).map(({ subject }) => subject)).toEqual([a.identifier]);
    expect(identities.memberships.newest()).toMatchObject({ identity: "a" });
  });

  it("asks for the passphrase of a sealed vault once, and again after a wrong one", async () => {
    await using home = await temporaryFolder();
    await new HomeIdentities(home.path).vaults.create({ name: "v", passphrase: "secret" });
    const asked: string[] = [];
    const answers = ["hunter2", "secret"];
    const identities = new HomeIdentities(
      home.path,
      passphrases(async (name) => {
        asked.push(name);
        return answers.shift();
      }),
    );
    const error = await identities.use("a").catch((failure: unknown) => failure);
    expect(error).toEqual(code("VAULT_LOCKED"));
    expect(String(error)).not.toContain("hunter2");
    await Promise.all([identities.use("a"), identities.use("b")]);
    expect(asked).toEqual(["v", "v"]);
  });

  it("refuses a book that is broken, or whose histories were exchanged", async () => {
    await using home = await temporaryFolder();
    const path = join(home.path, "identities.json");
    const identities = new HomeIdentities(home.path);
    await identities.create({ name: "a" });
    await identities.create({ name: "b" });
    const book = JSON.parse(await readFile(path, "utf8"));
    const [a, b] = book.identities;
    await writeFile(path, JSON.stringify({ ...book, identities: [{ ...a, history: b.history }, b] }));
    await expect(identities.use("a")).rejects.toThrow(code("STATE_CORRUPT"));
    for (const broken of ["", "{}", '{"version":1,"vaults":[],"identities":[{"name":"../x"}]}']) {
      await writeFile(path, broken);
      expect(() => identities.list()).toThrow(code("STATE_CORRUPT"));
    }
  });
});

describe("HomeVaults", () => {
  it("has the first vault as the default, and deletes those that no identity uses", async () => {
    await using home = await temporaryFolder();
    const identities = new HomeIdentities(home.path);
    const { vaults } = identities;
    expect(() => vaults.find()).toThrow(code("RESOURCE_NOT_FOUND"));
    await vaults.create({ name: "v1" });
    await vaults.create({ name: "v2" });
    await expect(vaults.create({ name: "v2" })).rejects.toThrow(code("RESOURCE_NAME_TAKEN"));
    expect(vaults.find()).toMatchObject({ name: "v1", isDefault: true });
    await identities.create({ name: "a", vault: "v2" });
    await expect(vaults.delete(["v2"])).rejects.toThrow(/keys of a/);
    await identities.delete(["a"]);
    await vaults.delete(["v2"]);
    await expect(vaults.delete(["v2"])).rejects.toThrow(code("RESOURCE_NOT_FOUND"));
    expect(await readdir(join(home.path, "vaults"))).toEqual(["v1"]);
    await vaults.create({ name: "v2" });
    await vaults.delete(["v1"]);
    expect(vaults.find()).toMatchObject({ name: "v2", isDefault: true });
  });

  it("moves a vault with its keys, but not the default one; running processes follow", async () => {
    await using home = await temporaryFolder();
    const identities = new HomeIdentities(home.path);
    await identities.use("a");
    await identities.vaults.create({ name: "v", path: join(home.path, "one") });
    const before = await identities.create({ name: "b", vault: "v" });
    const [two, three] = [join(home.path, "two"), join(home.path, "three")];
    const node = new HomeIdentities(home.path);
    await node.use("b");
    await expect(identities.vaults.move("default", two)).rejects.toThrow(code("RESOURCE_IN_USE"));
    expect(await identities.vaults.move("v", two)).toEqual({ name: "v", path: two, isDefault: false });
    await identities.rotate("b");
    expect((await node.use("b")).publicKeys).toHaveLength(2);
    // Somebody else moved it, or a command was killed.
    await rename(two, three);
    await expect(identities.vaults.move("v", two)).rejects.toThrow(code("VAULT_NOT_FOUND"));
    await identities.vaults.move("v", three);
    expect((await new HomeIdentities(home.path).use("b")).identifier).toBe(before.identifier);
    await mkdir(two);
    await expect(identities.vaults.move("v", two)).rejects.toThrow(code("VAULT_TAKEN"));
  });

  it("takes over what a command that was killed left, and no vault with keys", async () => {
    await using home = await temporaryFolder();
    const folder = join(home.path, "vaults/default");
    await mkdir(join(home.path, "vaults"), { mode: 0o700 });
    await FileVault.create(folder, { passphrase: "forgotten", costLog2: 14 });
    const identities = new HomeIdentities(home.path);
    await identities.use();
    await identities.vaults.create({ name: "v" });
    await identities.create({ name: "a", vault: "v" });
    await writeFile(join(home.path, "identities.json"), '{"version":1,"vaults":[],"identities":[]}');
    await expect(identities.vaults.create({ name: "v" })).rejects.toThrow(code("VAULT_TAKEN"));
    // Half a vault that was being deleted.
    await mkdir(join(home.path, "vaults/w"), { mode: 0o700 });
    await identities.vaults.create({ name: "w" });
    await (await identities.vaults.open("w")).delete();
    await identities.vaults.delete(["w"]);
    expect(identities.vaults.list()).toEqual([]);
  });

  it.skipIf(process.platform === "win32")("uses no vault that others may change", async () => {
    await using home = await temporaryFolder();
    const identities = new HomeIdentities(home.path);
    await identities.use();
    await chmod(join(home.path, "vaults"), 0o777);
    await expect(new HomeIdentities(home.path).use()).rejects.toThrow(code("VAULT_UNSAFE"));
  });
});
