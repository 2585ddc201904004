import {
  type Credential,
  exportCredential,
  importCredential,
  isIdentifier,
  verifyCredential,
} from "@x/identity";
import { CliError } from "../cli-error.js";
import { HomeFile } from "../state/home-file.js";
import { isJsonObject } from "../state/json-file.js";
import { maxStoredCredentials } from "./limits.js";

/** A credential that a home keeps, and for what. */
export interface StoredCredential extends Credential {
  /** The word by which nodes choose among credentials of one authority. */
  readonly scope: string;
  /** The node that it is for; nothing when all nodes may show it. */
  readonly node: string | undefined;
}

/** For what a credential is kept. */
export interface CredentialPlace {
  /** Default: {@link defaultScope}. */
  readonly scope?: string;
  /** Default: all nodes. */
  readonly node?: string;
}

/** The scope of credentials and nodes that name none. */
export const defaultScope = "default";

interface Saved {
  readonly scope: string;
  readonly node?: string;
  readonly issuer: string;
  readonly subject: string;
  /** When it was stored, in milliseconds since 1970: it was good then. */
  readonly storedAtMs: number;
  readonly expiresAtMs: number;
  /** Hex digits. */
  readonly credential: string;
}

interface SavedFile {
  readonly credentials: readonly Saved[];
}

/** The credentials that a home keeps for its identities: one of each authority for each identity, scope and node. */
export class HomeCredentials {
  readonly #file: HomeFile<SavedFile>;

  constructor(home: string) {
    this.#file = new HomeFile(home, "credentials.json", { check: savedIn, empty: { credentials: [] } });
  }

  /**
   * All of them, also those that expired since they were stored. Each is verified, but for its end.
   *
   * @throws CliError STATE_CORRUPT, STATE_FAILED; CulvertError CREDENTIAL_INVALID for one that was changed
   */
  async list(): Promise<readonly StoredCredential[]> {
    return Promise.all(
      this.#file.read().credentials.map(async ({ scope, node, issuer, credential, storedAtMs }) => {
        const options = { issuers: [issuer], nowMs: storedAtMs };
        return { ...(await verifyCredential(importCredential(credential), options)), scope, node };
      }),
    );
  }

  /**
   * Those that count for an identity on a node now.
   *
   * @param of whose, on which node; `scope` as in {@link CredentialPlace}
   * @throws as {@link list} does
   */
  async valid(of: {
    readonly subject: string;
    readonly node: string;
    readonly scope?: string;
  }): Promise<readonly StoredCredential[]> {
    const { subject, node, scope = defaultScope } = of;
    return (await this.list()).filter(
      (one) =>
        one.subject === subject &&
        one.scope === scope &&
        (one.node ?? node) === node &&
        Date.now() < one.expiresAtMs,
    );
  }

  /** Keeps a credential that was verified, in place of the one before it. Those that expired go. @throws CliError STATE_CORRUPT, STATE_FAILED */
  async store(credential: Credential, place: CredentialPlace = {}): Promise<StoredCredential> {
    const { scope = defaultScope, node } = place;
    const { issuer, subject, expiresAtMs, bytes } = credential;
    const saved: Saved = {
      scope,
      ...(node === undefined ? {} : { node }),
      issuer,
      subject,
      storedAtMs: Date.now(),
      expiresAtMs,
      credential: exportCredential(bytes),
    };
    await this.#file.change(async ({ credentials }, save) => {
      const others = credentials.filter(
        (one) => Date.now() < one.expiresAtMs && placeOf(one) !== placeOf(saved),
      );
      if (others.length >= maxStoredCredentials) {
        throw new CliError(
          "STATE_FAILED",
          `Cannot store credential: limit is ${maxStoredCredentials} credentials`,
        );
      }
      await save({ credentials: [...others, saved] });
    });
    return { ...credential, scope, node };
  }

  /** Forgets those about identities that are deleted. @throws CliError STATE_CORRUPT, STATE_FAILED */
  async remove(subjects: readonly string[]): Promise<void> {
    if (this.#file.read().credentials.every(({ subject }) => !subjects.includes(subject))) return;
    await this.#file.change(async ({ credentials }, save) => {
      await save({ credentials: credentials.filter(({ subject }) => !subjects.includes(subject)) });
    });
  }
}

function placeOf({ scope, node = "", issuer, subject }: Saved): string {
  return [scope, node, issuer, subject].join("/");
}

function savedIn(value: unknown): SavedFile | undefined {
  const isValid =
    isJsonObject(value) &&
    value.version === 1 &&
    Array.isArray(value.credentials) &&
    value.credentials.every(isSaved);
  return isValid ? (value as unknown as SavedFile) : undefined;
}

function isSaved(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { scope, node, issuer, subject, storedAtMs, expiresAtMs, credential } = value;
  return (
    typeof scope === "string" &&
    (node === undefined || typeof node === "string") &&
    isIdentifier(issuer) &&
    isIdentifier(subject) &&
    Number.isSafeInteger(storedAtMs) &&
    Number.isSafeInteger(expiresAtMs) &&
    typeof credential === "string"
  );
}
