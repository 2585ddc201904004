import { type Attributes, credentialInvalid } from "../credential/attributes.js";
import { type Credential, verifyCredential } from "../credential/credential.js";
import type { Identifier } from "../history/history.js";
import type { KnownIdentities } from "../history/known-identities.js";
import { maxShownCredentials } from "../limits.js";

/** The credentials that an end of a secure channel shows. */
export interface CredentialHolder {
  /** Those that are good now, at most {@link maxShownCredentials}. Asked at each handshake. */
  credentials(): Promise<readonly Uint8Array[]>;
}

/** What an end of a secure channel makes of the other end's credentials. */
export interface CredentialChecker {
  /**
   * What an authority says about the peer, and until when; nothing when no credential holds.
   *
   * @param identifier who the peer proved to be; credentials about others do not count
   */
  check(
    credentials: readonly Uint8Array[],
    identifier: Identifier,
  ): Promise<{ readonly attributes: Attributes; readonly expiresAtMs: number } | undefined>;
}

/** Keeps the newest credential of each authority. */
export class CredentialStore implements CredentialHolder {
  readonly #byIssuer = new Map<Identifier, Credential>();

  /** Takes a verified credential, in place of the one that its authority gave before. Returns whether there is room. */
  put(credential: Credential): boolean {
    for (const [issuer, { expiresAtMs }] of this.#byIssuer) {
      if (expiresAtMs <= Date.now()) this.#byIssuer.delete(issuer);
    }
    const { issuer } = credential;
    if (!this.#byIssuer.has(issuer) && this.#byIssuer.size >= maxShownCredentials) return false;
    this.#byIssuer.set(issuer, credential);
    return true;
  }

  /** Those that have not expired, for people. */
  list(): readonly Credential[] {
    return [...this.#byIssuer.values()].filter(({ expiresAtMs }) => Date.now() < expiresAtMs);
  }

  async credentials(): Promise<readonly Uint8Array[]> {
    return this.list().map(({ bytes }) => bytes);
  }
}

/** Whose credentials count. */
export interface CredentialCheckerOptions {
  /** The authorities that are believed; the first one that speaks for the peer is taken. */
  readonly issuers: readonly Identifier[];
  /** What is known of their histories. Give the same one to all checkers of a node. */
  readonly known?: KnownIdentities;
  /** Told why a credential does not count, for logs. */
  readonly onRefused?: (error: unknown, identifier: Identifier) => void;
}

/** Believes the credentials of some authorities. Of several that hold, the one whose authority comes first counts. */
export function credentialChecker(options: CredentialCheckerOptions): CredentialChecker {
  const { issuers, known, onRefused } = options;
  return {
    check: async (credentials, identifier) => {
      const held: Credential[] = [];
      const refuse = (error: unknown): void => onRefused?.(error, identifier);
      if (credentials.length > maxShownCredentials) {
        refuse(credentialInvalid(`there are ${credentials.length}: limit is ${maxShownCredentials}`));
        return undefined;
      }
      for (const bytes of credentials) {
        try {
          const subject = identifier;
          held.push(await verifyCredential(bytes, { issuers, subject, ...(known && { known }) }));
        } catch (error) {
          refuse(error);
        }
      }
      const rank = ({ issuer }: Credential): number => issuers.indexOf(issuer);
      const [best] = held.sort(
        (one, other) => rank(one) - rank(other) || other.expiresAtMs - one.expiresAtMs,
      );
      return best && { attributes: best.attributes, expiresAtMs: best.expiresAtMs };
    },
  };
}
