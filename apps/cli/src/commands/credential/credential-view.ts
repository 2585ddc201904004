import type { Credential } from "@x/identity";
import type { StoredCredential } from "../../identities/home-credentials.js";
import type { Block } from "../../output/blocks.js";

/** A credential as JSON. */
export interface CredentialView {
  readonly subject: string;
  readonly issuer: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** ISO 8601, as all times. */
  readonly created_at: string;
  readonly expires_at: string;
  readonly is_expired: boolean;
  /** As `--credential` takes it. */
  readonly credential: string;
}

/** A credential that is stored, as JSON. */
export interface StoredCredentialView extends CredentialView {
  readonly scope: string;
  /** The node that it is for; null for all. */
  readonly node: string | null;
}

export function credentialView(credential: Credential): CredentialView {
  const { subject, issuer, attributes, notBeforeMs, expiresAtMs, bytes } = credential;
  return {
    subject,
    issuer,
    attributes,
    created_at: new Date(notBeforeMs).toISOString(),
    expires_at: new Date(expiresAtMs).toISOString(),
    is_expired: expiresAtMs <= Date.now(),
    credential: Buffer.from(bytes).toString("hex"),
  };
}

export function storedCredentialView(stored: StoredCredential): StoredCredentialView {
  const { scope, node = null } = stored;
  return { scope, node, ...credentialView(stored) };
}

/** Attributes as people read them: `role="web", site="a"`. */
export function formatAttributes(attributes: Readonly<Record<string, string>>): string {
  const said = Object.entries(attributes).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return said.join(", ") || "none";
}

export function credentialBlock(view: CredentialView & Partial<StoredCredentialView>): Block {
  const { subject, issuer, attributes, created_at, expires_at, is_expired, scope = null, node = null } = view;
  return {
    title: `Credential of ${subject}`,
    fields: {
      Issuer: issuer,
      Attributes: formatAttributes(attributes),
      Since: created_at,
      Until: is_expired ? `${expires_at}: it has expired` : expires_at,
      Scope: scope,
      Node: node,
    },
  };
}
