import { checkCount } from "@x/core";
import { sameBytes } from "../keys/bytes.js";
import { defaultMaxRemembered } from "../limits.js";
import {
  claimedIdentifier,
  type Identifier,
  type Identity,
  identityInvalid,
  readIdentity,
} from "./history.js";

/** How to remember identities. */
export interface KnownIdentitiesOptions {
  /** Identities that are never forgotten, such as authorities and those that may come in. */
  readonly kept?: readonly Identity[];
  /** How many others are remembered; the one that was longest not seen gives way. Default 4,096. */
  readonly maxRemembered?: number;
}

/**
 * Remembers the longest history seen of each identity, so that a key that was rotated away stays away: whoever stole it can only show
 * the older history, or one that goes on in another way.
 */
export class KnownIdentities {
  readonly #kept = new Map<Identifier, Identity>();
  readonly #seen = new Map<Identifier, Identity>();
  readonly #maxRemembered: number;

  /** @throws CulvertError OPTION_INVALID */
  constructor(options: KnownIdentitiesOptions = {}) {
    this.#maxRemembered = checkCount("maxRemembered", options.maxRemembered ?? defaultMaxRemembered);
    for (const identity of options.kept ?? []) this.#kept.set(identity.identifier, identity);
  }

  /** The newest that is known of an identity. */
  get(identifier: Identifier): Identity | undefined {
    return this.#kept.get(identifier) ?? this.#seen.get(identifier);
  }

  /**
   * Verifies a history, unless it is the very one that is known: a long one takes 47 signatures.
   *
   * @throws CulvertError IDENTITY_INVALID
   */
  async read(history: Uint8Array): Promise<Identity> {
    const known = this.get(await claimedIdentifier(history));
    return known !== undefined && sameBytes(known.history, history) ? known : readIdentity(history);
  }

  /**
   * Takes note of an identity that a peer showed.
   *
   * @throws CulvertError IDENTITY_INVALID for a history that is older than, or at odds with, the one that is known
   */
  see(identity: Identity): void {
    const { identifier } = identity;
    const known = this.get(identifier);
    if (known !== undefined && !continues(known, identity)) {
      throw identityInvalid(`identity ${identifier}`, "a newer history of it is known");
    }
    if (this.#kept.has(identifier)) {
      this.#kept.set(identifier, identity);
      return;
    }
    this.#seen.delete(identifier);
    this.#seen.set(identifier, identity);
    if (this.#seen.size <= this.#maxRemembered) return;
    for (const [oldest] of this.#seen) {
      this.#seen.delete(oldest);
      break;
    }
  }
}

/** Compares keys and not bytes: of signatures, a holder of the key may make several. */
function continues(known: Identity, shown: Identity): boolean {
  return known.publicKeys.every((key, index) => {
    const other = shown.publicKeys[index];
    return other !== undefined && sameBytes(key, other);
  });
}
