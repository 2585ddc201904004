import { CulvertError, isCulvertError } from "@x/core";
import {
  createIdentity,
  exportIdentity,
  type Identifier,
  type Identity,
  importIdentity,
  KnownIdentities,
  type OwnIdentity,
  openIdentity,
  readIdentity,
  rotateIdentity,
} from "@x/identity";
import { CliError } from "../cli-error.js";
import { parseName } from "../syntax/names.js";
import { HomeCredentials } from "./home-credentials.js";
import { HomeMemberships } from "./home-memberships.js";
import { defaultVaultName, HomeVaults } from "./home-vaults.js";
import { type Book, type BookedIdentity, type IdentityBook, identityBook } from "./identity-book.js";
import { maxHomeIdentities } from "./limits.js";
import { noPassphrases, type Passphrases } from "./passphrases.js";
import { RememberedListeners } from "./remembered-listeners.js";

/** An identity of a home: what is public of it. */
export interface NamedIdentity {
  readonly name: string;
  readonly identifier: Identifier;
  /** The vault with its key; nothing for one that was imported without. */
  readonly vault: string | undefined;
  /** Whether it is the one that is used when none is named. */
  readonly isDefault: boolean;
  /** Its signed public history. */
  readonly history: Uint8Array;
}

/** The name of the identity that is made when one is needed and there is none. */
const defaultIdentityName = "default";

/** What a home has of identities: vaults, identities with names, credentials, and what it remembers of listeners. */
export class HomeIdentities {
  readonly vaults: HomeVaults;
  readonly credentials: HomeCredentials;
  readonly remembered: RememberedListeners;
  readonly memberships: HomeMemberships;
  readonly #book: IdentityBook;
  readonly #opened = new Map<string, OwnIdentity>();

  /**
   * @param home the folder of all state
   * @param passphrases asked once for each sealed vault that is used. Default: there are none
   */
  constructor(home: string, passphrases: Passphrases = noPassphrases) {
    this.#book = identityBook(home);
    this.vaults = new HomeVaults(home, this.#book, passphrases);
    this.credentials = new HomeCredentials(home);
    this.remembered = new RememberedListeners(home);
    this.memberships = new HomeMemberships(home);
  }

  /** Every identity, in the order they were made. @throws CliError STATE_CORRUPT, STATE_FAILED */
  list(): readonly NamedIdentity[] {
    const book = this.#book.read();
    const defaultName = defaultAmong(book);
    return book.identities.map((identity) => named(identity, defaultName));
  }

  /**
   * One identity, or the default one.
   *
   * @throws CliError RESOURCE_NOT_FOUND, STATE_CORRUPT, STATE_FAILED
   */
  find(name?: string): NamedIdentity {
    const book = this.#book.read();
    return named(bookedIn(book, name), defaultAmong(book));
  }

  /** The identifiers of all identities, those imported without their keys left out: who speaks for this home. */
  own(): readonly Identifier[] {
    return this.list()
      .filter(({ vault }) => vault !== undefined)
      .map(({ identifier }) => identifier);
  }

  /**
   * The newest histories of all identities with names, imported ones too: with these, what a key that was rotated away signs counts no
   * more.
   *
   * @throws CliError STATE_CORRUPT, STATE_FAILED; CulvertError IDENTITY_INVALID
   */
  async known(): Promise<KnownIdentities> {
    return new KnownIdentities({ kept: await Promise.all(this.#book.read().identities.map(identityOf)) });
  }

  /**
   * An identity to speak for: the one named, else the default one. It is made, with the default vault, when there is none.
   * Always as it is now: after a rotation by another process, the next call gives it with its new key.
   *
   * @throws CliError STATE_CORRUPT, STATE_FAILED; CulvertError VAULT_KEY_NOT_FOUND for one that was imported without its key,
   * VAULT_LOCKED, and what else `FileVault.open` throws
   */
  async use(name?: string): Promise<OwnIdentity> {
    const wanted = name ?? defaultAmong(this.#book.read()) ?? defaultIdentityName;
    const isMissing = (book: Book): boolean => book.identities.every((one) => one.name !== wanted);
    if (isMissing(this.#book.read())) {
      await this.create({ name: wanted }).catch((error: unknown) => {
        // Another command made it meanwhile.
        if (isMissing(this.#book.read())) throw error;
      });
    }
    return this.#open(wanted);
  }

  /**
   * Makes an identity with a new key.
   *
   * @param identity the name, and the vault: the default one when left out, which is made when there is none
   * @throws CliError USAGE_INVALID, RESOURCE_NAME_TAKEN, RESOURCE_NOT_FOUND for the vault, STATE_CORRUPT, STATE_FAILED; CulvertError VAULT_LOCKED, and
   * what else vaults throw
   */
  async create({ name, vault }: { readonly name: string; readonly vault?: string }): Promise<NamedIdentity> {
    parseName("identity", name);
    // Before the book is held: somebody may have to type a passphrase.
    if (vault !== undefined || this.vaults.list().length > 0)
      await this.vaults.open(this.vaults.find(vault).name);
    return this.#book.change(async (book, save) => {
      checkFree(book, name);
      const isFirst = book.vaults.length === 0;
      const withVault = isFirst ? await this.vaults.createIn(book, { name: defaultVaultName }) : book;
      // Saved before there is a key in it: a vault that is not in the book is taken for a leftover as long as it is empty.
      if (isFirst) await save(withVault);
      const vaultName = vault ?? (withVault.vaults[0]?.name as string);
      const keys = await this.vaults.open(vaultName);
      const { history, identifier, key } = await createIdentity(keys);
      const made = { name, identifier, vault: vaultName, history: hexOf(history) };
      await saving(save({ ...withVault, identities: [...book.identities, made] }), () =>
        keys.deleteKey(key.publicKey),
      );
      return named(made, defaultAmong(withVault) ?? name);
    });
  }

  /**
   * Gives a name to an identity whose public history somebody exported: to say whom one means, and to verify what it signed.
   *
   * @throws CliError USAGE_INVALID, RESOURCE_NAME_TAKEN also when it is there under another name, STATE_CORRUPT, STATE_FAILED; CulvertError IDENTITY_INVALID
   */
  async import(name: string, hex: string): Promise<NamedIdentity> {
    parseName("identity", name);
    const identity = await importIdentity(hex);
    return this.#book.change(async (book, save) => {
      checkFree(book, name);
      const { identifier } = identity;
      const same = book.identities.find((one) => one.identifier === identifier);
      if (same !== undefined) throw identityTaken(name, `${identifier} is there as "${same.name}"`);
      const made = { name, identifier, history: exportIdentity(identity) };
      await save({ ...book, identities: [...book.identities, made] });
      return named(made, defaultAmong(book) ?? name);
    });
  }

  /**
   * Makes an identity the default one.
   *
   * @throws CliError RESOURCE_NOT_FOUND, STATE_CORRUPT, STATE_FAILED
   */
  async setDefault(name: string): Promise<void> {
    await this.#book.change(async (book, save) => {
      await save({ ...book, defaultIdentity: bookedIn(book, name).name });
    });
  }

  /**
   * Gives an identity a new key, and deletes the ones it had.
   * The new history is on disk before: whenever this ends, the identity can be used.
   *
   * @throws CliError RESOURCE_NOT_FOUND, STATE_CORRUPT, STATE_FAILED; CulvertError IDENTITY_LIMIT_EXCEEDED, and what {@link use} throws
   */
  async rotate(name?: string): Promise<NamedIdentity> {
    const { vault } = this.find(name);
    if (vault !== undefined) await this.vaults.open(vault);
    return this.#book.change(async (book, save) => {
      const booked = bookedIn(book, name);
      const identity = await this.#open(booked.name);
      const keys = await this.vaults.open(booked.vault as string);
      const next = await rotateIdentity(keys, identity);
      const changed = { ...booked, history: hexOf(next.history) };
      const identities = book.identities.map((one) => (one === booked ? changed : one));
      await saving(save({ ...book, identities }), () => keys.deleteKey(next.key.publicKey));
      for (const publicKey of identity.publicKeys) await keys.deleteKey(publicKey);
      return named(changed, defaultAmong(book));
    });
  }

  /**
   * Deletes identities with their keys, which cannot be had back, their credentials and memberships; all of them or none.
   *
   * @throws CliError RESOURCE_NOT_FOUND, STATE_CORRUPT, STATE_FAILED; CulvertError VAULT_UNSAFE, VAULT_FAILED
   */
  async delete(names: readonly string[]): Promise<void> {
    await this.#book.change(async (book, save) => {
      const gone = names.map((name) => bookedIn(book, name));
      const identities = book.identities.filter((one) => !gone.includes(one));
      const { defaultIdentity, ...rest } = book;
      const keepsDefault = defaultIdentity !== undefined && !names.includes(defaultIdentity);
      await save({ ...rest, identities, ...(keepsDefault ? { defaultIdentity } : {}) });
      for (const booked of gone) await this.#forgetKeys(booked);
      await this.memberships.removeOf(names);
      await this.credentials.remove(gone.map(({ identifier }) => identifier));
    });
  }

  async #forgetKeys(booked: BookedIdentity): Promise<void> {
    this.#opened.delete(booked.name);
    if (booked.vault === undefined) return;
    const { publicKeys } = await identityOf(booked);
    const keys = await this.vaults.openLocked(booked.vault);
    for (const publicKey of publicKeys) await keys.deleteKey(publicKey);
  }

  async #open(name: string): Promise<OwnIdentity> {
    const booked = bookedIn(this.#book.read(), name);
    const opened = this.#opened.get(name);
    if (opened !== undefined && hexOf(opened.history) === booked.history) return opened;
    if (booked.vault === undefined) throw keyMissing(name);
    try {
      const keys = await this.vaults.open(booked.vault);
      const identity = await openIdentity(keys, (await identityOf(booked)).history);
      this.#opened.set(name, identity);
      return identity;
    } catch (error) {
      if (!isCulvertError(error) || error.code !== "VAULT_KEY_NOT_FOUND") throw error;
      // It was rotated between the two looks.
      if (bookedIn(this.#book.read(), name).history !== booked.history) return this.#open(name);
      throw error;
    }
  }
}

function bookedIn(book: Book, name = defaultAmong(book)): BookedIdentity {
  const booked = book.identities.find((identity) => identity.name === name);
  if (booked !== undefined) return booked;
  const text = name === undefined ? "an identity: there are none" : `identity "${name}": not found`;
  throw new CliError("RESOURCE_NOT_FOUND", `Cannot find ${text}`, {
    hint: "See `culvert identity list`, or create it with `culvert identity create`",
  });
}

function defaultAmong({ identities, defaultIdentity }: Book): string | undefined {
  return (identities.find(({ name }) => name === defaultIdentity) ?? identities[0])?.name;
}

function named(booked: BookedIdentity, defaultName: string | undefined): NamedIdentity {
  const { name, identifier, vault, history } = booked;
  return { name, identifier, vault, isDefault: name === defaultName, history: Buffer.from(history, "hex") };
}

/** Its history, verified, and that it is the one of its identifier. */
async function identityOf({ name, identifier, history }: BookedIdentity): Promise<Identity> {
  const identity = await readIdentity(Buffer.from(history, "hex"));
  if (identity.identifier === identifier) return identity;
  throw new CliError(
    "STATE_CORRUPT",
    `Cannot use identity "${name}": its history is the one of another identity`,
    {
      hint: "Restore identities.json in CULVERT_HOME from a backup",
    },
  );
}

/** When what a key is for cannot be saved, nobody can know of the key. */
async function saving(save: Promise<void>, undo: () => Promise<void>): Promise<void> {
  try {
    await save;
  } catch (error) {
    await undo();
    throw error;
  }
}

function checkFree({ identities }: Book, name: string): void {
  if (identities.some((identity) => identity.name === name))
    throw identityTaken(name, "there is one of that name");
  if (identities.length < maxHomeIdentities) return;
  throw new CliError(
    "STATE_FAILED",
    `Cannot create identity "${name}": limit is ${maxHomeIdentities} identities`,
  );
}

function identityTaken(name: string, reason: string): CliError {
  return new CliError("RESOURCE_NAME_TAKEN", `Cannot create identity "${name}": ${reason}`, {
    hint: "See `culvert identity list`",
  });
}

function keyMissing(name: string): CulvertError {
  const reason = `Cannot speak for identity "${name}": it was imported without its key`;
  return new CulvertError("VAULT_KEY_NOT_FOUND", reason);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
