import { isIdentifier } from "@x/identity";
import { HomeFile } from "../state/home-file.js";
import { isJsonObject } from "../state/json-file.js";
import { isName } from "../syntax/names.js";

/** A vault, as the book has it. */
export interface BookedVault {
  readonly name: string;
  /** Its folder, where that is not the one that its name stands for. */
  readonly path?: string;
}

/** An identity, as the book has it. */
export interface BookedIdentity {
  readonly name: string;
  readonly identifier: string;
  /** The name of the vault with its key; absent for one that was imported without. */
  readonly vault?: string;
  /** Its public history, in hex digits. */
  readonly history: string;
}

/** Names of a home's vaults and identities, and what is public of them. */
export interface Book {
  /** In the order they were made; the first is the default one. */
  readonly vaults: readonly BookedVault[];
  /** In the order they were made. */
  readonly identities: readonly BookedIdentity[];
  /** The name of the default identity, where it is not the first. */
  readonly defaultIdentity?: string;
}

/** The file with the names of a home's vaults and identities. */
export type IdentityBook = HomeFile<Book>;

export function identityBook(home: string): IdentityBook {
  return new HomeFile(home, "identities.json", { check: bookIn, empty: { vaults: [], identities: [] } });
}

function bookIn(value: unknown): Book | undefined {
  if (!isJsonObject(value) || value.version !== 1) return undefined;
  const { vaults, identities, defaultIdentity } = value;
  const isValid =
    Array.isArray(vaults) &&
    vaults.every(isVault) &&
    Array.isArray(identities) &&
    identities.every(isIdentity) &&
    (defaultIdentity === undefined || typeof defaultIdentity === "string");
  return isValid
    ? { vaults, identities, ...(defaultIdentity === undefined ? {} : { defaultIdentity }) }
    : undefined;
}

function isVault(value: unknown): value is BookedVault {
  return isJsonObject(value) && isNameText(value.name) && isTextOrNothing(value.path);
}

function isIdentity(value: unknown): value is BookedIdentity {
  if (!isJsonObject(value)) return false;
  const { name, identifier, vault, history } = value;
  return (
    isNameText(name) && isIdentifier(identifier) && isTextOrNothing(vault) && typeof history === "string"
  );
}

function isNameText(value: unknown): boolean {
  return typeof value === "string" && isName(value);
}

function isTextOrNothing(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}
