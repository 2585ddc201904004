import {
  type Address,
  CulvertError,
  defineFact,
  type ErrorCode,
  type Fact,
  type FactKey,
  type FactOwner,
  type Route,
} from "@x/core";
import type { MaybePromise } from "./crypto/channel-crypto.js";
import type { ChannelRefusal } from "./wire/control.js";

/** Who one is: shows others that a key of one's own belongs to one's identity. */
export interface ChannelIdentity {
  /** The name that others know it by. */
  readonly identifier: string;
  /** What convinces an {@link IdentityChecker} that the key speaks for this identity, 8 KiB at most. Asked for each handshake. */
  proof(purposeKey: Uint8Array): Promise<Uint8Array>;
}

/** Finds out who others are. */
export interface IdentityChecker {
  /**
   * Checks a proof and says whose it is.
   *
   * @throws CulvertError IDENTITY_INVALID
   */
  check(proof: Uint8Array, purposeKey: Uint8Array): Promise<{ readonly identifier: string }>;
}

/** What an authority says about somebody. */
export interface PeerCredential {
  readonly attributes: Readonly<Record<string, string>>;
  /** When it ends, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** Has the credentials of this end. */
export interface CredentialHolder {
  /** The present ones, 8 of 6 KiB at most. Asked for each handshake, so that a renewal shows new ones. */
  credentials(): Promise<readonly Uint8Array[]>;
}

/** Checks the credentials of others. */
export interface CredentialChecker {
  /** What they say about an identity; nothing when none of them is good. */
  check(credentials: readonly Uint8Array[], identifier: string): Promise<PeerCredential | undefined>;
}

/** Somebody who proved an identity. */
export interface ProvenPeer {
  /** The identity that it proved. It never changes while the channel lives. */
  readonly identifier: string;
  /** What an authority says about it; absent when it showed no good credential. */
  readonly credential: PeerCredential | undefined;
}

/** Whoever is at the other end of a channel. */
export interface ChannelPeer extends ProvenPeer {
  /** The address of the channel on this node. */
  readonly channel: Address;
  /**
   * The way to its node outside the channel, without a worker there at its end: at a listener, as the newest record showed it;
   * at a dialler, as it was given. Follows the peer, so that it always says the present one.
   */
  readonly wayBack: Route;
}

/** Says why somebody is not wanted; nothing when he is. */
export type Authorize = (peer: ProvenPeer) => MaybePromise<ChannelRefusal | undefined>;

/** Lets in those who proved one of these identities. */
export function onlyIdentifiers(identifiers: Iterable<string>): Authorize {
  const known = new Set(identifiers);
  return ({ identifier }) =>
    known.has(identifier)
      ? undefined
      : { code: "CHANNEL_REFUSED", reason: `${identifier} is not among the identities that are let in` };
}

const owner: FactOwner<ChannelPeer> = defineFact<ChannelPeer>("channel peer");

/** Who sent a message that came out of a channel of this node. Only channels can say it. */
export const channelPeer: FactKey<ChannelPeer> = owner.key;

/** Not for others: whoever has it is believed. */
export const stateChannelPeer: FactOwner<ChannelPeer>["state"] = owner.state;

/** How a channel knows the other end, and is known. */
export interface ChannelTrust {
  /** Who this end is. */
  readonly identity: ChannelIdentity;
  /** Finds out who the other end is. */
  readonly identities: IdentityChecker;
  /** Whom it lets in. Asked at each handshake, and so at least hourly. */
  readonly authorize: Authorize;
  /** The credentials of this end. Default: none. */
  readonly credentials?: CredentialHolder;
  /** Checks those of the other end. Default: nobody's count. */
  readonly credentialChecker?: CredentialChecker;
  /** What else workers of this node may know of the other end, from what comes out of the channel. Default: nothing. */
  readonly facts?: (peer: ChannelPeer) => readonly Fact[];
}

/** Asks whether somebody is wanted, with what his credentials say about him. */
export async function judge(
  { authorize, credentialChecker }: ChannelTrust,
  identifier: string,
  credentials: readonly Uint8Array[],
): Promise<{
  readonly credential: PeerCredential | undefined;
  readonly refusal: ChannelRefusal | undefined;
}> {
  const given = await credentialChecker?.check(credentials, identifier);
  // No leniency at its end, whoever checked it.
  const credential = given !== undefined && given.expiresAtMs > Date.now() ? given : undefined;
  return { credential, refusal: await authorize({ identifier, credential }) };
}

const verdicts: ReadonlySet<ErrorCode> = new Set([
  "CHANNEL_REFUSED",
  "CHANNEL_EXPIRED",
  "IDENTITY_CHANGED",
  "IDENTITY_INVALID",
]);

/** Says whether a code is one by which an end says whom it does not want. Whoever is on the way between the ends has no say in it. */
export function isVerdict(code: ErrorCode): boolean {
  return verdicts.has(code);
}

/** What a refusal of the other end is for the caller. */
export function refusedError({ code, reason }: ChannelRefusal, hop: Address): CulvertError {
  return new CulvertError(code, reason, { hop });
}
