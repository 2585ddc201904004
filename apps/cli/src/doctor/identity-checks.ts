import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { isCulvertError } from "@x/core";
import { readIdentity } from "@x/identity";
import { CliError } from "../cli-error.js";
import { HomeIdentities, type NamedIdentity } from "../identities/home-identities.js";
import type { NamedVault } from "../identities/home-vaults.js";
import { type Check, findings } from "./check.js";

const { ok, warning, problem } = findings("state");

/** Checks the vaults, identities and credentials of a home. No passphrase is asked for. */
export async function checkIdentities(home: string): Promise<readonly Check[]> {
  const identities = new HomeIdentities(home);
  try {
    const vaults = await Promise.all(identities.vaults.list().map((vault) => checkVault(identities, vault)));
    const own = await Promise.all(identities.list().map((identity) => checkIdentity(identities, identity)));
    return [...checkModes(home), ...vaults, ...own.flat(), ...(await checkCredentials(identities))];
  } catch (error) {
    return [problem("identities", reasonOf(error), "Put back a copy of the file, or mend it by hand")];
  }
}

/** Nothing in these files is a secret, and whoever may change them can put other identities in place of these. */
function checkModes(home: string): readonly Check[] {
  if (process.platform === "win32") return [];
  const files = ["identities.json", "credentials.json", "memberships.json", "remembered-listeners.json"];
  const open = files
    .map((name) => join(home, name))
    .filter((path) => existsSync(path) && (lstatSync(path).mode & 0o077) !== 0);
  return open.map((path) => problem("identities", `others may use ${path}`, `Run chmod go= ${path}`));
}

async function checkVault({ vaults }: HomeIdentities, { name, path }: NamedVault): Promise<Check> {
  const subject = `vault ${name}`;
  try {
    const { isSealed } = await vaults.openLocked(name);
    return ok(subject, `${path}, ${isSealed ? "with" : "without"} a passphrase`);
  } catch (error) {
    return problem(
      subject,
      reasonOf(error),
      `Put it back to ${path}, or say where it is with \`culvert vault move\``,
    );
  }
}

async function checkIdentity(
  { vaults }: HomeIdentities,
  { name, vault, history }: NamedIdentity,
): Promise<readonly Check[]> {
  const subject = `identity ${name}`;
  if (vault === undefined) return [ok(subject, "imported without its key")];
  const keys = await vaults
    .openLocked(vault)
    .then((opened) => opened.publicKeys())
    .catch(() => undefined);
  // What is wrong with the vault is told of the vault.
  if (keys === undefined) return [];
  const current = (await readIdentity(history)).publicKeys.at(-1) ?? new Uint8Array();
  if (keys.some((key) => Buffer.from(key).equals(current)))
    return [ok(subject, `its key is in vault ${vault}`)];
  return [
    problem(
      subject,
      `its key is not in vault ${vault}`,
      `Put back a copy of the vault, or delete the identity`,
    ),
  ];
}

async function checkCredentials({ credentials, memberships }: HomeIdentities): Promise<readonly Check[]> {
  const renewed = new Set(memberships.list().map(({ authority }) => authority));
  const ended = (await credentials.list()).filter(({ expiresAtMs }) => expiresAtMs <= Date.now());
  return ended.map(({ subject, issuer, expiresAtMs }) => {
    const detail = `the one of ${subject} ended at ${new Date(expiresAtMs).toISOString()}`;
    const mend = renewed.has(issuer) ? "Start a node, which renews it" : `Get a new one from ${issuer}`;
    return warning("credentials", detail, mend);
  });
}

function reasonOf(error: unknown): string {
  return error instanceof CliError || isCulvertError(error) ? error.message : String(error);
}
