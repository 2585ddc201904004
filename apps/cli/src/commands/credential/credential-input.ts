import type { Credential } from "@x/identity";
import { CliError } from "../../cli-error.js";
import type { OptionDefinition } from "../../framework/command.js";
import type { CommandInput } from "../../framework/input.js";
import { readTextFile } from "../../framework/text-file.js";
import type { HomeIdentities } from "../../identities/home-identities.js";

/** Which credential, and who is to have signed it. */
export const credentialOptions: readonly OptionDefinition[] = [
  {
    flags: "--issuer <identity>",
    description: "The identifier of who signed it, or a name of one here",
    required: true,
  },
  { flags: "--credential <hex>", description: "The credential; that of --credential-path when left out" },
  {
    flags: "--credential-path <file>",
    description: "A file with the credential; - for standard input; that of --credential when left out",
  },
];

/**
 * Reads an identifier, or the name of an identity that has one here.
 *
 * @throws CliError RESOURCE_NOT_FOUND
 */
export async function readIdentifier(identities: HomeIdentities, text: string): Promise<string> {
  const { isIdentifier } = await import("@x/identity");
  return isIdentifier(text) ? text : identities.find(text).identifier;
}

/**
 * The credential that the options name, verified: signed by the issuer with the newest key that is known here, and good now.
 *
 * @throws CliError USAGE_INVALID when none is named, or it cannot be read, RESOURCE_NOT_FOUND for the issuer;
 * CulvertError CREDENTIAL_INVALID, CREDENTIAL_EXPIRED, IDENTITY_INVALID
 */
export async function readCredential(identities: HomeIdentities, input: CommandInput): Promise<Credential> {
  const { importCredential, verifyCredential } = await import("@x/identity");
  const hex = await readHex(input);
  const issuers = [await readIdentifier(identities, input.requiredText("issuer"))];
  return verifyCredential(importCredential(hex), { issuers, known: await identities.known() });
}

async function readHex(input: CommandInput): Promise<string> {
  const [hex, path] = [input.text("credential"), input.text("credential-path")];
  if ((hex === undefined) === (path === undefined)) {
    throw new CliError(
      "USAGE_INVALID",
      "Cannot find the credential: give one of --credential and --credential-path",
    );
  }
  if (hex !== undefined) return hex;
  const failed = (reason: string, cause?: unknown): CliError =>
    new CliError("USAGE_INVALID", `Cannot read credential ${path}: ${reason}`, { cause });
  const { maxCredentialBytes } = await import("@x/identity");
  // Two digits a byte, and a line end.
  return readTextFile(path as string, { maxBytes: 2 * maxCredentialBytes + 2, failed });
}
