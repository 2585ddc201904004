import { isCulvertError } from "@x/core";
import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import { formatBlock } from "../../output/blocks.js";
import { parseDuration } from "../../syntax/duration.js";
import { readIdentifier } from "./credential-input.js";
import { credentialBlock, credentialView } from "./credential-view.js";

/** Longest time a credential is good, in milliseconds: 366 days, see `maxCredentialMs` of @x/identity. */
const maxTtlMs = 366 * 86_400_000;

export const command: Command = {
  description:
    "Signs what an identity of this home says about another one. It counts for that one alone, with those who believe the issuer.",
  options: [
    { flags: "--as <identity>", description: "Who says it; the default identity when left out" },
    {
      flags: "--for <identifier>",
      description: "About whom: an identifier, or the name of an identity here",
      required: true,
    },
    {
      flags: "--attribute <name=value>",
      description: "What is said; repeatable. Nothing but the membership when left out",
      repeatable: true,
    },
    { flags: "--ttl <duration>", description: "How long it is good, such as 30m or 1d", default: "30m" },
    {
      flags: "--encoding <form>",
      description: "As text, or as one line that --credential takes; that off a terminal when left out",
      choices: ["plain", "hex"],
    },
  ],
  examples: [
    "credential issue --as authority --for I1b0f…",
    "credential issue --as authority --for bob --attribute role=web --ttl 1d --encoding hex > credential",
  ],
  async run(context, input) {
    const attributes = readAttributes(input.texts("attribute"));
    const lifetimeMs = parseDuration(input.requiredText("ttl"), "--ttl", { mostMs: maxTtlMs });
    const identities = await context.identities();
    const subject = await readIdentifier(identities, input.requiredText("for"));
    const issuer = await identities.use(identities.find(input.text("as")).name);
    const { issueCredential, verifyCredential } = await import("@x/identity");
    const nowMs = Date.now();
    const bytes = await issueCredential(issuer, subject, { attributes, lifetimeMs, nowMs }).catch(misused);
    const view = credentialView(await verifyCredential(bytes, { issuers: [issuer.identifier], nowMs }));
    const text = formatBlock(credentialBlock(view));
    const encoding = input.text("encoding");
    return {
      plain: encoding === "hex" ? view.credential : text,
      machine: encoding === "plain" ? text : view.credential,
      json: view,
    };
  },
};

function readAttributes(given: readonly string[]): Readonly<Record<string, string>> {
  const attributes = new Map<string, string>();
  for (const text of given) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    const shown = JSON.stringify(text.slice(0, 80));
    if (name === undefined || value === undefined) {
      throw new CliError("USAGE_INVALID", `Cannot use --attribute ${shown}: it is not name=value`);
    }
    if (attributes.has(name))
      throw new CliError("USAGE_INVALID", `Cannot use --attribute ${shown}: ${name} is given twice`);
    attributes.set(name, value);
  }
  return Object.fromEntries(attributes);
}

/** What cannot be said is a matter of the options. */
function misused(error: unknown): never {
  if (!isCulvertError(error) || !["CREDENTIAL_INVALID", "OPTION_INVALID"].includes(error.code)) throw error;
  throw new CliError("USAGE_INVALID", error.message, { cause: error });
}
