import { CulvertError, isErrorCode, type Route, request } from "@x/core";
import {
  type Credential,
  channelIdentity,
  type Identifier,
  type Identity,
  identityChecker,
  importCredential,
  KnownIdentities,
  type OwnIdentity,
  verifyCredential,
} from "@x/identity";
import type { Node } from "@x/routing";
import { onlyIdentifiers, openChannel, type SecureChannel } from "@x/secure-channel";
import { type AuthorityRequest, readAuthorityAnswer } from "./authority-message.js";
import { authorityAddress } from "./authority-service.js";
import { authorityTimeoutMs } from "./limits.js";

/** Whom to ask, as whom. */
export interface AuthorityQuestion {
  readonly authority: Identifier;
  /** Ways to its listener for channels; the first that leads to it is taken. */
  readonly routes: readonly Route[];
  readonly identity: OwnIdentity;
  readonly request: AuthorityRequest;
  readonly signal?: AbortSignal;
}

/** A credential of an authority, verified. */
export interface IssuedCredential {
  readonly credential: Credential;
  /** The authority with its newest keys. */
  readonly authority: Identity;
  /** Of a ticket: nobody else had used it. */
  readonly isFirst: boolean;
}

/**
 * Asks an authority for a credential, through a channel that nobody else can be at the end of.
 *
 * @throws CulvertError what opening a channel throws; TICKET_REFUSED, MEMBER_UNKNOWN, MEMBER_LIMIT_EXCEEDED and what else the authority
 * answers; REPLY_INVALID, CREDENTIAL_INVALID, TIMED_OUT, ABORTED
 */
export async function askAuthority(node: Node, question: AuthorityQuestion): Promise<IssuedCredential> {
  const { authority, identity, signal } = question;
  const channel = await openAny(node, question);
  try {
    const payload = JSON.stringify(question.request);
    const options = { timeoutMs: authorityTimeoutMs, ...(signal === undefined ? {} : { signal }) };
    const reply = await request(node.own, [channel.address, authorityAddress], payload, options);
    if (reply.error !== undefined) {
      throw new CulvertError(
        isErrorCode(reply.error) ? reply.error : "REPLY_INVALID",
        reply.text().slice(0, 500),
      );
    }
    const { credential: hex, isFirst } = readAuthorityAnswer(reply.payload);
    const known = new KnownIdentities();
    const expected = { issuers: [authority], subject: identity.identifier, known };
    const credential = await verifyCredential(importCredential(hex), expected);
    return { credential, authority: known.get(authority) as Identity, isFirst };
  } finally {
    await channel.close();
  }
}

function closeUnless(first: SecureChannel, other: Promise<SecureChannel>): void {
  other.then(
    async (channel) => {
      if (channel !== first) await channel.close();
    },
    () => {},
  );
}

/** Opens a channel along all routes at once, and keeps the first. */
async function openAny(
  node: Node,
  { authority, routes, identity, signal }: AuthorityQuestion,
): Promise<SecureChannel> {
  const authorize = onlyIdentifiers([authority]);
  const rest = new AbortController();
  const trust = {
    identity: channelIdentity(identity),
    identities: identityChecker(),
    authorize,
    checkIdentifier: (identifier: Identifier) => authorize({ identifier, credential: undefined }),
    limits: { openTimeoutMs: authorityTimeoutMs },
    signal: signal === undefined ? rest.signal : AbortSignal.any([signal, rest.signal]),
  };
  const opening = routes.map((route) => openChannel(node.own, route, trust));
  try {
    const first = await Promise.any(opening);
    for (const other of opening) closeUnless(first, other);
    return first;
  } catch (error) {
    // Each failed: the first route is the best one.
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    rest.abort();
  }
}
