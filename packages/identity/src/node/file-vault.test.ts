import {
  chmod,
  chown,
  lchown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createIdentity, openIdentity, rotateIdentity } from "../history/own-identity.js";
import { toHex } from "../keys/hex.js";
import { verifySignature } from "../keys/verify-signature.js";
import { flippedBits, otherLengths } from "../testing/mutations.js";
import { FileVault } from "./file-vault.js";
import { minCostLog2 } from "./limits.js";

const passphrase = "correct horse";
const costLog2 = minCostLog2;
const isRoot = process.geteuid?.() === 0;

let home: string;
let path: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "vault-"));
  path = join(home, "default");
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const code = (expected: string): { code: string } => ({ code: expected });

/** Of the only key in a vault. */
async function keyFile(): Promise<string> {
  const [name = ""] = (await readdir(path)).filter((each) => each.endsWith(".key"));
  return join(path, name);
}

describe.each([
  ["open", {}],
  ["sealed", { passphrase, costLog2 }],
])("FileVault, %s", (kind, options) => {
  it("keeps keys over restarts, in files that only their owner can use", async () => {
    const vault = await FileVault.create(path, options);
    const identity = await createIdentity(vault);
    const rotated = await rotateIdentity(vault, identity);
    await vault.deleteKey(identity.key.publicKey);
    const again = await FileVault.open(path, options);
    expect(again.isSealed).toBe(kind === "sealed");
    expect((await FileVault.openLocked(path)).isSealed).toBe(kind === "sealed");
    expect(await again.publicKeys()).toEqual([rotated.key.publicKey]);
    const { key } = await openIdentity(again, rotated.history);
    const signature = await key.sign(Buffer.from("hello"));
    expect(await verifySignature(key.publicKey, Buffer.from("hello"), signature)).toBe(true);
    await expect(openIdentity(again, identity.history)).rejects.toMatchObject(code("VAULT_KEY_NOT_FOUND"));
    expect((await lstat(path)).mode & 0o777).toBe(0o700);
    const names = await readdir(path);
    expect(names).toHaveLength(2);
    for (const name of names) expect((await lstat(join(path, name))).mode & 0o777).toBe(0o600);
  });

  it("shows no secret, in files only when it has no passphrase", async () => {
    const vault = await FileVault.create(path, options);
    const key = await vault.createKey();
    const file = await readFile(await keyFile());
    const secret = file.subarray(6, 38);
    const reached = await vault.key(key.publicKey);
    const shown = [vault, key, reached].flatMap((each) => [
      inspect(each, { showHidden: true, depth: 9 }),
      JSON.stringify(each),
    ]);
    for (const text of shown) {
      for (const form of [
        secret.toString("hex"),
        secret.toString("base64"),
        [...secret].join(", "),
        passphrase,
      ]) {
        expect(text).not.toContain(form);
      }
    }
    await writeFile(await keyFile(), file.subarray(0, -1));
    const error = await vault.key(key.publicKey).catch((failure: unknown) => failure);
    expect(error).toMatchObject(code("VAULT_CORRUPT"));
    expect(inspect(error, { depth: 9 })).not.toContain(secret.toString("hex"));
  });

  it("refuses every changed byte of a key, and every other length", async () => {
    const vault = await FileVault.create(path, options);
    const { publicKey } = await vault.createKey();
    const file = await keyFile();
    const bytes = await readFile(file);
    for (const changed of [...flippedBits(bytes, 5), ...otherLengths(bytes)]) {
      await writeFile(file, changed);
      await expect(vault.key(publicKey)).rejects.toMatchObject(code("VAULT_CORRUPT"));
    }
    await writeFile(file, bytes);
    await vault.key(publicKey);
  });

  it("refuses every changed byte of its header, and every other length", async () => {
    await FileVault.create(path, options);
    const header = join(path, "vault");
    const bytes = await readFile(header);
    // Of the salt and what follows it some bytes are enough: each takes a run of scrypt.
    const changes = [...flippedBits(bytes.subarray(0, 6)), ...otherLengths(bytes.subarray(0, 7))].map(
      (start) => Uint8Array.of(...start, ...bytes.subarray(6)),
    );
    const late = [8, bytes.length - 1].map((at) =>
      bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)),
    );
    for (const changed of [
      ...changes,
      ...late,
      bytes.subarray(0, -1),
      new Uint8Array(0),
      new Uint8Array(500),
    ]) {
      if (changed.every((byte, index) => byte === bytes[index]) && changed.length === bytes.length) continue;
      await writeFile(header, changed);
      const expected = expect.stringMatching(/^(VAULT_CORRUPT|VAULT_LOCKED|OPTION_INVALID)$/);
      await expect(FileVault.open(path, options)).rejects.toMatchObject({ code: expected });
    }
  });

  it("takes no key that lies under another key's name", async () => {
    const vault = await FileVault.create(path, options);
    const one = await vault.createKey();
    const file = await keyFile();
    const other = await vault.createKey();
    await rename(file, join(path, `${toHex(other.publicKey)}.key`));
    await expect(vault.key(other.publicKey)).rejects.toMatchObject(code("VAULT_CORRUPT"));
    await expect(vault.key(one.publicKey)).rejects.toMatchObject(code("VAULT_KEY_NOT_FOUND"));
  });

  it("moves, deletes itself, and leaves files that are not its own", async () => {
    const vault = await FileVault.create(path, options);
    const { publicKey } = await vault.createKey();
    const moved = await vault.moveTo(join(home, "other"));
    await moved.key(publicKey);
    await mkdir(path);
    await expect(moved.moveTo(path)).rejects.toMatchObject(code("VAULT_TAKEN"));
    await writeFile(join(moved.path, "notes"), "mine");
    await moved.delete();
    expect(await readdir(moved.path)).toEqual(["notes"]);
    await expect(FileVault.open(moved.path, options)).rejects.toMatchObject(code("VAULT_NOT_FOUND"));
    await rm(path, { recursive: true });
    const next = await FileVault.create(path, options);
    await next.delete();
    expect(await readdir(home)).toEqual(["other"]);
  });

  it("is moved, emptied and deleted without its passphrase, which keys need", async () => {
    const vault = await FileVault.create(path, options);
    const [one, other] = [await vault.createKey(), await vault.createKey()];
    const locked = await FileVault.openLocked(path);
    if (kind === "sealed") {
      await expect(locked.key(one.publicKey)).rejects.toMatchObject(code("VAULT_LOCKED"));
      await expect(locked.createKey()).rejects.toMatchObject(code("VAULT_LOCKED"));
      await expect(locked.changePassphrase("x")).rejects.toMatchObject(code("VAULT_LOCKED"));
    } else await locked.key(one.publicKey);
    const moved = await locked.moveTo(join(home, "other"));
    expect(moved.isSealed).toBe(kind === "sealed");
    await moved.deleteKey(one.publicKey);
    expect(await moved.publicKeys()).toEqual([other.publicKey]);
    await (await FileVault.open(moved.path, options)).key(other.publicKey);
    await moved.delete();
    await expect(FileVault.openLocked(moved.path)).rejects.toMatchObject(code("VAULT_NOT_FOUND"));
    expect(await readdir(home)).toEqual([]);
  });

  it("is made once, also when several make it at once, and over what a crash left", async () => {
    await mkdir(path, { mode: 0o700 });
    await writeFile(join(path, "vault.0123.unfinished"), "");
    const makers = await Promise.allSettled(Array.from({ length: 4 }, () => FileVault.create(path, options)));
    expect(makers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const maker of makers) {
      if (maker.status === "rejected") expect(maker.reason).toMatchObject(code("VAULT_TAKEN"));
    }
    await FileVault.open(path, options);
  });
});

describe("FileVault with a passphrase", () => {
  it("opens with this one only, however it is typed, and asks for it", async () => {
    await FileVault.create(path, { passphrase: "caf\u00e9", costLog2 });
    await FileVault.open(path, { passphrase: "cafe\u0301" });
    for (const wrong of ["cafe", "CAF\u00c9", "x"]) {
      await expect(FileVault.open(path, { passphrase: wrong })).rejects.toMatchObject(code("VAULT_LOCKED"));
    }
    await expect(FileVault.open(path)).rejects.toMatchObject(code("VAULT_LOCKED"));
    for (const none of ["", "x".repeat(1_025)]) {
      const error = await FileVault.open(path, { passphrase: none }).catch((failure: unknown) => failure);
      expect(error).toMatchObject(code("OPTION_INVALID"));
      if (none !== "") expect(String(error)).not.toContain(none);
    }
  });

  it("changes it in one step, and keeps the keys", async () => {
    const vault = await FileVault.create(path, { passphrase, costLog2 });
    const { publicKey } = await vault.createKey();
    await vault.changePassphrase("battery staple", { costLog2 });
    await expect(FileVault.open(path, { passphrase })).rejects.toMatchObject(code("VAULT_LOCKED"));
    const again = await FileVault.open(path, { passphrase: "battery staple" });
    expect((await again.key(publicKey)).publicKey).toEqual(publicKey);
    expect(await readdir(path)).toHaveLength(2);
  });

  it("is not asked for, and not changed, where there is none", async () => {
    const vault = await FileVault.create(path);
    await expect(FileVault.open(path, { passphrase })).rejects.toMatchObject(code("OPTION_INVALID"));
    await expect(vault.changePassphrase(passphrase)).rejects.toMatchObject(code("OPTION_INVALID"));
  });

  it("takes no cost from a file, or from a caller, that could use up memory or be guessed at once", async () => {
    await FileVault.create(path, { passphrase, costLog2 });
    const header = join(path, "vault");
    const bytes = await readFile(header);
    for (const cost of [0, 13, 21, 63, 255]) {
      bytes[6] = cost;
      await writeFile(header, bytes);
      await expect(FileVault.open(path, { passphrase })).rejects.toMatchObject(code("VAULT_CORRUPT"));
      await expect(
        FileVault.create(join(home, "other"), { passphrase, costLog2: cost }),
      ).rejects.toMatchObject(code("OPTION_INVALID"));
    }
  });

  it("has the cost that OWASP gives unless told otherwise", async () => {
    await FileVault.create(path, { passphrase });
    expect((await readFile(join(path, "vault")))[6]).toBe(17);
  });
});

describe.skipIf(process.platform === "win32")("FileVault on a machine with others", () => {
  it.each([0o640, 0o604, 0o660, 0o602])("refuses files of mode %o", async (mode) => {
    const vault = await FileVault.create(path);
    const { publicKey } = await vault.createKey();
    await chmod(await keyFile(), mode);
    await expect(vault.key(publicKey)).rejects.toMatchObject(code("VAULT_UNSAFE"));
    await chmod(join(path, "vault"), mode);
    await expect(FileVault.open(path)).rejects.toMatchObject(code("VAULT_UNSAFE"));
  });

  it.each([0o750, 0o705, 0o720, 0o702])(
    "refuses its folder with mode %o, also while it is open",
    async (mode) => {
      const vault = await FileVault.create(path);
      const { publicKey } = await vault.createKey();
      await chmod(path, mode);
      await expect(FileVault.open(path)).rejects.toMatchObject(code("VAULT_UNSAFE"));
      await expect(vault.key(publicKey)).rejects.toMatchObject(code("VAULT_UNSAFE"));
      await expect(vault.createKey()).rejects.toMatchObject(code("VAULT_UNSAFE"));
    },
  );

  it("refuses a folder above it that others may write to, unless they can move nothing there", async () => {
    const vault = await FileVault.create(path);
    await chmod(home, 0o770);
    await expect(FileVault.open(path)).rejects.toThrow("others may write to it");
    await expect(FileVault.create(join(home, "other"))).rejects.toMatchObject(code("VAULT_UNSAFE"));
    await expect(vault.moveTo(join(home, "other"))).rejects.toMatchObject(code("VAULT_UNSAFE"));
    await chmod(home, 0o1777);
    await FileVault.open(path);
  });

  it("follows links that are safe, and looks at what they lead through", async () => {
    await mkdir(join(home, "real"), { mode: 0o700 });
    await symlink("real", join(home, "link"));
    await symlink(join(home, "link"), join(home, "further"));
    await FileVault.create(join(home, "further", "vault"));
    await FileVault.open(join(home, "further", "vault"));
    await chmod(join(home, "real"), 0o777);
    await expect(FileVault.open(join(home, "further", "vault"))).rejects.toMatchObject(code("VAULT_UNSAFE"));
    await symlink("loop", join(home, "loop"));
    await expect(FileVault.open(join(home, "loop", "vault"))).rejects.toMatchObject(code("VAULT_UNSAFE"));
  });

  it("takes no link for its folder or its files, and no pipe, folder or huge file", async () => {
    const vault = await FileVault.create(path);
    const { publicKey } = await vault.createKey();
    await symlink(path, join(home, "link"));
    await expect(FileVault.open(join(home, "link"))).rejects.toMatchObject(code("VAULT_UNSAFE"));
    const file = await keyFile();
    await rename(file, join(home, "key"));
    await symlink(join(home, "key"), file);
    await expect(vault.key(publicKey)).rejects.toMatchObject(code("VAULT_UNSAFE"));
    await rm(file);
    await mkdir(file);
    await expect(vault.key(publicKey)).rejects.toMatchObject({ code: expect.stringMatching(/^VAULT_/) });
    await rm(file, { recursive: true });
    await writeFile(file, Buffer.alloc(1_000_000), { mode: 0o600 });
    await expect(vault.key(publicKey)).rejects.toMatchObject(code("VAULT_CORRUPT"));
    await rm(file);
    await link(join(home, "key"), file);
    await vault.key(publicKey);
  });

  it.skipIf(!isRoot)("refuses what belongs to another user, from the folder above to the key", async () => {
    const vault = await FileVault.create(path);
    const { publicKey } = await vault.createKey();
    for (const each of [home, path, join(path, "vault")]) {
      await chown(each, 12_345, 0);
      await expect(FileVault.open(path)).rejects.toThrow("belongs to user 12345");
      await chown(each, 0, 0);
    }
    await symlink(home, `${home}-link`);
    try {
      await FileVault.open(join(`${home}-link`, "default"));
      await lchown(`${home}-link`, 12_345, 0);
      await expect(FileVault.open(join(`${home}-link`, "default"))).rejects.toThrow("belongs to user 12345");
    } finally {
      await rm(`${home}-link`);
    }
    await chown(await keyFile(), 12_345, 0);
    await expect(vault.key(publicKey)).rejects.toMatchObject(code("VAULT_UNSAFE"));
  });

  it("says what the system says where it fails, and what is not there", async () => {
    await expect(FileVault.open(path)).rejects.toMatchObject(code("VAULT_NOT_FOUND"));
    await expect(FileVault.create(join(home, "no", "vault"))).rejects.toMatchObject(code("VAULT_NOT_FOUND"));
    await writeFile(path, "");
    await expect(FileVault.open(path)).rejects.toMatchObject(code("VAULT_UNSAFE"));
    const failed = FileVault.create(join(home, "x".repeat(300)));
    await expect(failed).rejects.toMatchObject({ code: "VAULT_FAILED", cause: { code: "ENAMETOOLONG" } });
  });
});
