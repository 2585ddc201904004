import { generateKeyPair, type KeyObject } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { CulvertError, optionInvalid } from "@x/core";
import { NodeSigningKey } from "../ed25519-node.js";
import { sameBytes } from "../keys/bytes.js";
import { fromHex, toHex } from "../keys/hex.js";
import { keyNotFound } from "../keys/memory-vault.js";
import { publicKeyBytes, type SigningKey, type Vault } from "../keys/signing-key.js";
import { maxKeyFileBytes, readKeyFile, writeKeyFile } from "./key-file.js";
import { maxVaultKeys } from "./limits.js";
import { readPrivateFile, syncFolder, unfinished, writePrivateFile } from "./private-file.js";
import { checkParents, checkPrivate } from "./safe-path.js";
import { vaultCorrupt, vaultError, vaultLocked, vaultUnsafe } from "./vault-error.js";
import { isSealedHeader, maxHeaderBytes, openHeader, readHeader, sealedHeader } from "./vault-header.js";

const headerName = "vault";
const keyEnding = ".key";
const keyName = new RegExp(`^[0-9a-f]{${2 * publicKeyBytes}}\\${keyEnding}$`);

/** How to open a vault. */
export interface FileVaultOptions {
  /** What seals its keys. Default: nothing, file permissions alone protect them. Never take it from an argument of a command. */
  readonly passphrase?: string;
}

/** How to make a vault. */
export interface CreateFileVaultOptions extends FileVaultOptions {
  /** Cost of guessing the passphrase, as a power of two, 14 to 20. Default 17: 128 MiB and half a second for each guess. */
  readonly costLog2?: number;
}

/**
 * A vault in a folder that only its owner can use: the file `vault`, and a file for each key, named after the public key.
 * Its secrets are private to this object and to Node.js: none shows up in errors, or when the object is printed or made JSON.
 */
export class FileVault implements Vault {
  /** The folder, as an absolute path. */
  readonly path: string;
  readonly #sealingKey: KeyObject | undefined;
  readonly #isLocked: boolean;

  private constructor(path: string, sealingKey: KeyObject | undefined, isLocked = false) {
    this.path = path;
    this.#sealingKey = sealingKey;
    this.#isLocked = isLocked;
  }

  /**
   * Makes a vault. Its folder must not be there yet, or be empty; the one that it is to be in must.
   *
   * @throws CulvertError VAULT_TAKEN, VAULT_UNSAFE, VAULT_FAILED, OPTION_INVALID
   */
  static async create(path: string, options: CreateFileVaultOptions = {}): Promise<FileVault> {
    const { passphrase, costLog2 } = options;
    const header = passphrase === undefined ? openHeader() : await sealedHeader(passphrase, costLog2);
    const folder = resolve(path);
    return failing(folder, async () => {
      await checkParents(folder);
      await makeFolder(folder);
      await writePrivateFile(join(folder, headerName), header.bytes, "create");
      await syncFolder(dirname(folder));
      return new FileVault(folder, header.sealingKey);
    });
  }

  /**
   * Opens a vault, after a look at everybody who could have changed it.
   *
   * @throws CulvertError VAULT_NOT_FOUND, VAULT_LOCKED, VAULT_UNSAFE, VAULT_CORRUPT, VAULT_FAILED, OPTION_INVALID for a passphrase
   * where there is none
   */
  static async open(path: string, options: FileVaultOptions = {}): Promise<FileVault> {
    const folder = resolve(path);
    return failing(folder, async () => {
      const bytes = await readHeaderFile(folder);
      const { sealingKey } = await readHeader(folder, bytes, options.passphrase);
      return new FileVault(folder, sealingKey);
    });
  }

  /**
   * Opens a vault without its passphrase, for all that needs none: it can be looked at, moved, and deleted, also key by key.
   * Of a sealed one there are no keys then, VAULT_LOCKED.
   *
   * @throws CulvertError VAULT_NOT_FOUND, VAULT_UNSAFE, VAULT_CORRUPT, VAULT_FAILED
   */
  static async openLocked(path: string): Promise<FileVault> {
    const folder = resolve(path);
    return failing(folder, async () => {
      const isSealed = isSealedHeader(folder, await readHeaderFile(folder));
      return new FileVault(folder, undefined, isSealed);
    });
  }

  /** It has a passphrase. */
  get isSealed(): boolean {
    return this.#sealingKey !== undefined || this.#isLocked;
  }

  async createKey(): Promise<SigningKey> {
    return failing(this.path, async () => {
      this.#checkUnlocked();
      await this.#check();
      if ((await this.#names()).length >= maxVaultKeys) {
        throw new CulvertError(
          "VAULT_FAILED",
          `Cannot add a key to ${this.path}: limit is ${maxVaultKeys} keys`,
        );
      }
      const { privateKey } = await promisify(generateKeyPair)("ed25519");
      const key = new NodeSigningKey(privateKey);
      const file = writeKeyFile(privateKey, key.publicKey, this.#sealingKey);
      await writePrivateFile(this.#file(key.publicKey), file, "create");
      file.fill(0);
      return key;
    });
  }

  async key(publicKey: Uint8Array): Promise<SigningKey> {
    const path = this.#file(publicKey);
    return failing(path, async () => {
      this.#checkUnlocked();
      await this.#check();
      const file = await readPrivateFile(path, maxKeyFileBytes).catch((error) => {
        throw (error as NodeJS.ErrnoException).code === "ENOENT" ? keyNotFound(publicKey) : error;
      });
      const key = new NodeSigningKey(readKeyFile(path, file, publicKey, this.#sealingKey));
      if (sameBytes(key.publicKey, publicKey)) return key;
      throw vaultCorrupt(path, "it holds the secret of another key");
    });
  }

  async publicKeys(): Promise<readonly Uint8Array[]> {
    return failing(this.path, async () =>
      (await this.#names()).map((name) => fromHex("key", name.slice(0, -keyEnding.length), publicKeyBytes)),
    );
  }

  async deleteKey(publicKey: Uint8Array): Promise<void> {
    return failing(this.path, async () => {
      await rm(this.#file(publicKey), { force: true });
      await syncFolder(this.path);
    });
  }

  /**
   * Gives a sealed vault another passphrase. What knew the old one and has a copy of the old file can still open that.
   *
   * @throws CulvertError OPTION_INVALID also for a vault without a passphrase, whose keys lie open in backups; VAULT_FAILED
   */
  async changePassphrase(passphrase: string, options: { readonly costLog2?: number } = {}): Promise<void> {
    this.#checkUnlocked();
    const sealingKey = this.#sealingKey;
    if (sealingKey === undefined) throw optionInvalid("passphrase", "(hidden)", "the vault has none");
    const { bytes } = await sealedHeader(passphrase, options.costLog2, sealingKey);
    await failing(this.path, () => writePrivateFile(join(this.path, headerName), bytes, "replace"));
  }

  /**
   * Gives the folder another place on the same file system, and returns the vault there. This object is of no use afterwards.
   *
   * @throws CulvertError VAULT_TAKEN, VAULT_UNSAFE, VAULT_FAILED
   */
  async moveTo(path: string): Promise<FileVault> {
    const folder = resolve(path);
    return failing(folder, async () => {
      await checkParents(folder);
      // The system would take the place of an empty folder.
      if (await lstat(folder).catch(() => undefined)) {
        throw new CulvertError("VAULT_TAKEN", `Cannot move vault to ${folder}: there is something`);
      }
      await rename(this.path, folder);
      await syncFolder(dirname(folder));
      return new FileVault(folder, this.#sealingKey, this.#isLocked);
    });
  }

  /** Deletes the vault and all its keys. Files that are not its own stay, and then the folder stays too. */
  async delete(): Promise<void> {
    return failing(this.path, async () => {
      const names = await readdir(this.path);
      for (const name of names.filter((each) => keyName.test(each) || each.endsWith(unfinished))) {
        await rm(join(this.path, name), { force: true });
      }
      await rm(join(this.path, headerName), { force: true });
      if ((await readdir(this.path)).length === 0) await rm(this.path, { recursive: true });
    });
  }

  /** Asked before each use: a vault may be open for months. */
  async #check(): Promise<void> {
    await checkParents(this.path);
    await checkFolder(this.path);
  }

  #checkUnlocked(): void {
    if (this.#isLocked) throw vaultLocked(this.path, "it asks for a passphrase");
  }

  #file(publicKey: Uint8Array): string {
    return join(this.path, `${toHex(publicKey)}${keyEnding}`);
  }

  async #names(): Promise<string[]> {
    return (await readdir(this.path)).filter((name) => keyName.test(name));
  }
}

async function readHeaderFile(folder: string): Promise<Buffer> {
  await checkParents(folder);
  await checkFolder(folder);
  return readPrivateFile(join(folder, headerName), maxHeaderBytes);
}

/** An empty folder may be what a crash left. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const names = await readdir(path);
    if (!names.every((name) => name.endsWith(unfinished))) throw error;
  }
  await checkFolder(path);
}

async function checkFolder(path: string): Promise<void> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) throw vaultUnsafe(path, "it is no folder");
  checkPrivate(path, stats);
}

async function failing<Result>(path: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw vaultError(path, error);
  }
}
