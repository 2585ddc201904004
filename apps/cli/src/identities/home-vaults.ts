import { join, resolve } from "node:path";
import { isCulvertError } from "@x/core";
import { FileVault } from "@x/identity/node";
import { CliError } from "../cli-error.js";
import { makePrivateFolder } from "../state/home.js";
import { parseName } from "../syntax/names.js";
import type { Book, BookedVault, IdentityBook } from "./identity-book.js";
import { maxHomeVaults } from "./limits.js";
import type { Passphrases } from "./passphrases.js";

/** A vault of a home. */
export interface NamedVault {
  readonly name: string;
  /** Its folder. */
  readonly path: string;
  /** Whether it is the one that is used when none is named: the first that was made. */
  readonly isDefault: boolean;
}

/** How to make a vault of a home. */
export interface NewVault {
  readonly name: string;
  /** Its folder. Default: one in the home, after its name. */
  readonly path?: string;
  /** What seals it. Default: what seals new vaults here, if anything. */
  readonly passphrase?: string;
}

/** The name of the vault that is made when one is needed and there is none. */
export const defaultVaultName = "default";

/** The vaults of a home: folders of keys, by name. */
export class HomeVaults {
  readonly #home: string;
  readonly #book: IdentityBook;
  readonly #passphrases: Passphrases;
  /** Those that were opened, by their folders: opening a sealed one takes half a second, and a passphrase. */
  readonly #open = new Map<string, Promise<FileVault>>();

  constructor(home: string, book: IdentityBook, passphrases: Passphrases) {
    this.#home = home;
    this.#book = book;
    this.#passphrases = passphrases;
  }

  /** Every vault, in the order they were made. @throws CliError STATE_CORRUPT, STATE_FAILED */
  list(): readonly NamedVault[] {
    return this.#book.read().vaults.map((vault, index) => this.#named(vault, index));
  }

  /**
   * One vault, or the default one.
   *
   * @throws CliError RESOURCE_NOT_FOUND, STATE_CORRUPT, STATE_FAILED
   */
  find(name?: string): NamedVault {
    const all = this.list();
    const found = name === undefined ? all[0] : all.find((vault) => vault.name === name);
    if (found !== undefined) return found;
    throw vaultNotFound(name);
  }

  /**
   * A vault, with its keys.
   *
   * @throws CliError RESOURCE_NOT_FOUND; CulvertError VAULT_LOCKED, and what else `FileVault.open` throws
   */
  async open(name: string): Promise<FileVault> {
    const vault = this.find(name);
    const { path } = vault;
    const opening = this.#open.get(path) ?? this.#openNow(vault);
    this.#open.set(path, opening);
    try {
      return await opening;
    } catch (error) {
      this.#open.delete(path);
      throw error;
    }
  }

  /** A vault without a look at its keys, for which no passphrase is needed. */
  async openLocked(name: string): Promise<FileVault> {
    return FileVault.openLocked(this.find(name).path);
  }

  /**
   * Makes a vault.
   *
   * @throws CliError USAGE_INVALID, RESOURCE_NAME_TAKEN, STATE_CORRUPT, STATE_FAILED; CulvertError VAULT_TAKEN, and what else `FileVault.create` throws
   */
  async create(vault: NewVault): Promise<NamedVault> {
    return this.#book.change(async (book, save) => {
      const { vaults } = await this.createIn(book, vault);
      await save({ ...book, vaults });
      return this.#named(vaults.at(-1) as BookedVault, vaults.length - 1);
    });
  }

  /** Makes a vault while the book is held, and gives the book with it, which is still to be saved. */
  async createIn(book: Book, { name, path, passphrase }: NewVault): Promise<Book> {
    parseName("vault", name);
    if (book.vaults.some((vault) => vault.name === name)) {
      throw new CliError("RESOURCE_NAME_TAKEN", `Cannot create vault "${name}": there is one of that name`, {
        hint: "Choose another name",
      });
    }
    if (book.vaults.length >= maxHomeVaults) {
      throw new CliError("STATE_FAILED", `Cannot create vault "${name}": limit is ${maxHomeVaults} vaults`);
    }
    const vault = { name, ...(path === undefined ? {} : { path: resolve(path) }) };
    const folder = this.#pathOf(vault);
    if (path === undefined) {
      makePrivateFolder(this.#folder);
      if (book.vaults.every((other) => this.#pathOf(other) !== folder)) await removeLeftover(folder);
    }
    const sealedWith = passphrase ?? (await this.#passphrases.forNew());
    const opened = await FileVault.create(folder, sealedWith === undefined ? {} : { passphrase: sealedWith });
    this.#open.set(folder, Promise.resolve(opened));
    return { ...book, vaults: [...book.vaults, vault] };
  }

  /**
   * Deletes vaults and their folders, or none of them. What a command that was killed left goes too.
   *
   * @throws CliError RESOURCE_NOT_FOUND, RESOURCE_IN_USE while identities have their keys in one, STATE_CORRUPT, STATE_FAILED;
   * CulvertError VAULT_UNSAFE, VAULT_CORRUPT, VAULT_FAILED
   */
  async delete(names: readonly string[]): Promise<void> {
    await this.#book.change(async (book, save) => {
      const found = names.map((name) => this.find(name));
      for (const name of names) checkUnused(book, name);
      let { vaults } = book;
      for (const { name, path } of found) {
        await FileVault.openLocked(path).then((vault) => vault.delete(), ignoreMissing);
        this.#open.delete(path);
        vaults = vaults.filter((vault) => vault.name !== name);
        await save({ ...book, vaults });
      }
    });
  }

  /**
   * Gives a vault another folder, on the same file system. One that is there already, as somebody moved it, is taken.
   *
   * @throws CliError RESOURCE_NOT_FOUND, RESOURCE_IN_USE for the default vault, STATE_CORRUPT, STATE_FAILED;
   * CulvertError VAULT_TAKEN, and what else `FileVault.moveTo` throws
   */
  async move(name: string, to: string): Promise<NamedVault> {
    return this.#book.change(async (book, save) => {
      const { path, isDefault } = this.find(name);
      if (isDefault) throw cannotMoveDefault(name);
      const folder = resolve(to);
      const vault = await FileVault.openLocked(path).catch(ignoreMissing);
      await (vault === undefined ? FileVault.openLocked(folder) : vault.moveTo(folder));
      const vaults = book.vaults.map((one) => (one.name === name ? { name, path: folder } : one));
      await save({ ...book, vaults });
      return { name, path: folder, isDefault };
    });
  }

  get #folder(): string {
    return join(this.#home, "vaults");
  }

  #pathOf({ name, path }: BookedVault): string {
    return path ?? join(this.#folder, name);
  }

  #named(vault: BookedVault, index: number): NamedVault {
    return { name: vault.name, path: this.#pathOf(vault), isDefault: index === 0 };
  }

  async #openNow(vault: NamedVault): Promise<FileVault> {
    const locked = await FileVault.openLocked(vault.path);
    if (!locked.isSealed) return FileVault.open(vault.path);
    const passphrase = await this.#passphrases.of(vault.name);
    return FileVault.open(vault.path, passphrase === undefined ? {} : { passphrase });
  }
}

/** Removes what a command that was killed left where it was to make a vault. One with keys is no such thing. */
async function removeLeftover(folder: string): Promise<void> {
  const left = await FileVault.openLocked(folder).catch(ignoreMissing);
  if (left !== undefined && (await left.publicKeys()).length === 0) await left.delete();
}

function ignoreMissing(error: unknown): undefined {
  if (isCulvertError(error) && error.code === "VAULT_NOT_FOUND") return undefined;
  throw error;
}

function vaultNotFound(name: string | undefined): CliError {
  const which =
    name === undefined ? "Cannot find a vault: there are none" : `Cannot find vault "${name}": not found`;
  return new CliError("RESOURCE_NOT_FOUND", which, {
    hint: "See `culvert vault list`, or create it with `culvert vault create`",
  });
}

function checkUnused({ identities }: Book, name: string): void {
  const users = identities.filter(({ vault }) => vault === name).map((identity) => identity.name);
  if (users.length === 0) return;
  const reason = `Cannot delete vault "${name}": it has the keys of ${users.slice(0, 10).join(", ")}`;
  throw new CliError("RESOURCE_IN_USE", reason, { hint: "Delete these identities first" });
}

function cannotMoveDefault(name: string): CliError {
  const reason = `Cannot move vault "${name}": it is the default vault, which stays where it is`;
  return new CliError("RESOURCE_IN_USE", reason, { hint: "Create another vault with --path" });
}
