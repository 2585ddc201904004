import { CulvertError, checkMs } from "@x/core";
import {
  claimedIdentifier,
  currentKey,
  type Identifier,
  type Identity,
  identifierBytes,
  isIdentifier,
  maxHistoryBytes,
  readIdentity,
} from "../history/history.js";
import type { KnownIdentities } from "../history/known-identities.js";
import type { OwnIdentity } from "../history/own-identity.js";
import { domain, joinBytes, timeBytes } from "../keys/bytes.js";
import { fromHex, toHex } from "../keys/hex.js";
import { signatureBytes } from "../keys/signing-key.js";
import { verifySignature } from "../keys/verify-signature.js";
import { defaultCredentialMs, maxCredentialBodyBytes, maxCredentialMs } from "../limits.js";
import { checkValidity, readValidity, type Validity, writeValidity } from "../validity.js";
import { type Attributes, credentialInvalid, readAttributes, writeAttributes } from "./attributes.js";

const credentialDomain = domain("identity/credential/1");

/** In front of the issuer's history: its length. */
const prefixBytes = 2;

/** Where the attributes begin in the signed part: behind the subject and two times. */
const attributesOffset = identifierBytes + 2 * timeBytes;

/** Longest credential, in bytes. */
export const maxCredentialBytes: number =
  prefixBytes + maxHistoryBytes + signatureBytes + maxCredentialBodyBytes;

/** What an authority says about a member, verified. */
export interface Credential extends Validity {
  /** The authority that signed it. */
  readonly issuer: Identifier;
  /** The member that it is about. */
  readonly subject: Identifier;
  /** What it says. */
  readonly attributes: Attributes;
  /** Exactly what was signed and verified, as it travels. */
  readonly bytes: Uint8Array;
}

/** What to say in a credential. */
export interface IssueOptions {
  /** Default: none, which says that the subject is a member and nothing more. */
  readonly attributes?: Attributes;
  /** How long it is good, in milliseconds, 1 ms to 366 days. Default 30 minutes. */
  readonly lifetimeMs?: number;
  /** What time it is, in milliseconds since 1970. Default the clock's. */
  readonly nowMs?: number;
}

function signedBytes(issuer: Identity, body: Uint8Array): Uint8Array {
  return joinBytes(credentialDomain, identifierOnWire(issuer.identifier), body);
}

function identifierOnWire(identifier: Identifier): Uint8Array {
  return fromHex("identifier", identifier.slice(1), identifierBytes);
}

/**
 * Signs a credential. It carries the issuer's history, so that whoever knows the issuer's identifier can verify it.
 * See PROTOCOL.md, "Credentials".
 *
 * @throws CulvertError CREDENTIAL_INVALID for attributes or a subject that cannot be, OPTION_INVALID
 */
export async function issueCredential(
  issuer: OwnIdentity,
  subject: Identifier,
  options: IssueOptions = {},
): Promise<Uint8Array> {
  const { attributes = {}, nowMs = Date.now() } = options;
  const lifetimeMs = checkMs("lifetimeMs", options.lifetimeMs ?? defaultCredentialMs, {
    min: 1,
    max: maxCredentialMs,
  });
  if (!isIdentifier(subject)) throw credentialInvalid("its subject is no identifier");
  const validity = writeValidity({ notBeforeMs: nowMs, expiresAtMs: nowMs + lifetimeMs });
  const body = joinBytes(identifierOnWire(subject), validity, writeAttributes(attributes));
  if (body.length > maxCredentialBodyBytes) {
    throw credentialInvalid(`it has ${body.length} bytes: limit is ${maxCredentialBodyBytes} bytes`);
  }
  const signature = await issuer.key.sign(signedBytes(issuer, body));
  const { history } = issuer;
  return joinBytes(Uint8Array.of(history.length >> 8, history.length & 0xff), history, signature, body);
}

/** Whose credentials count, and when. */
export interface VerifyOptions {
  /** The authorities that are believed. */
  readonly issuers: readonly Identifier[];
  /** Whom it has to be about. Default: anybody. */
  readonly subject?: Identifier;
  /** Refuses an authority's keys that were rotated away, and remembers its newest ones. */
  readonly known?: KnownIdentities;
  /** What time it is, in milliseconds since 1970. Default the clock's. */
  readonly nowMs?: number;
}

/**
 * Verifies a credential. The signature comes first; what it says is looked at only afterwards.
 *
 * @throws CulvertError CREDENTIAL_INVALID, CREDENTIAL_EXPIRED, IDENTITY_INVALID for the issuer's history
 */
export async function verifyCredential(bytes: Uint8Array, options: VerifyOptions): Promise<Credential> {
  const { issuers, subject, known, nowMs = Date.now() } = options;
  const { issuer, body, own } = await verifiedBody(bytes, issuers, known);
  known?.see(issuer);
  if (body.length <= attributesOffset || body.length > maxCredentialBodyBytes) {
    throw credentialInvalid("its signed part has no length of one");
  }
  const validity = readValidity(body, identifierBytes, maxCredentialMs);
  const credential: Credential = {
    issuer: issuer.identifier,
    subject: `I${toHex(body.subarray(0, identifierBytes))}`,
    attributes: readAttributes(body.subarray(attributesOffset)),
    ...validity,
    bytes: own,
  };
  if (subject !== undefined && credential.subject !== subject) {
    throw credentialInvalid(`it is about ${credential.subject} and not ${subject}`);
  }
  const problem = checkValidity(validity, nowMs);
  if (problem === undefined) return credential;
  throw new CulvertError(
    nowMs < validity.expiresAtMs ? "CREDENTIAL_INVALID" : "CREDENTIAL_EXPIRED",
    `Cannot use credential of ${credential.subject}: it ${problem}`,
  );
}

/** Finds the signed part, and verifies that it is signed by an issuer that is believed. */
async function verifiedBody(
  bytes: Uint8Array,
  issuers: readonly Identifier[],
  known: KnownIdentities | undefined,
): Promise<{ issuer: Identity; body: Uint8Array; own: Uint8Array }> {
  if (bytes.length > maxCredentialBytes) {
    throw credentialInvalid(`it has ${bytes.length} bytes: limit is ${maxCredentialBytes} bytes`);
  }
  const own = joinBytes(bytes);
  const [high = 0, low = 0] = own;
  const bodyOffset = prefixBytes + high * 256 + low + signatureBytes;
  if (own.length <= bodyOffset) throw credentialInvalid("it ends early");
  const history = own.subarray(prefixBytes, bodyOffset - signatureBytes);
  const identifier = await claimedIdentifier(history);
  // Before anything that takes time: whoever is not believed need not be verified.
  if (!issuers.includes(identifier)) {
    throw credentialInvalid(`it is of ${identifier}, which is not believed`);
  }
  const issuer = await (known?.read(history) ?? readIdentity(history));
  const body = own.subarray(bodyOffset);
  const signature = own.subarray(bodyOffset - signatureBytes, bodyOffset);
  if (!(await verifySignature(currentKey(issuer), signedBytes(issuer, body), signature))) {
    throw credentialInvalid(`it is not signed by ${issuer.identifier}`);
  }
  return { issuer, body, own };
}

/** A credential as one line of hex digits. */
export function exportCredential(bytes: Uint8Array): string {
  return toHex(bytes);
}

/**
 * Takes back what {@link exportCredential} wrote, without a look at what it says.
 *
 * @throws CulvertError CREDENTIAL_INVALID
 */
export function importCredential(hex: string): Uint8Array {
  return fromHex("credential", hex.trim(), maxCredentialBytes, "CREDENTIAL_INVALID");
}
