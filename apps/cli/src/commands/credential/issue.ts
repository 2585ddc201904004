import { isCulvertError } from "@x/core";
import { maxCredentialMs } from "../../authority/limits.js";
import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import { formatBlock } from "../../output/blocks.js";
import { parseDuration } from "../../syntax/duration.js";
import { attributeOption, readAttributes } from "../shared/attribute-option.js";
import { readIdentifier } from "./credential-input.js";
import { credentialBlock, credentialView } from "./credential-view.js";

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
    attributeOption,
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
    const range = { mostMs: maxCredentialMs };
    const lifetimeMs = parseDuration(input.requiredText("ttl"), "--ttl", range);
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

/** What cannot be said is a matter of the options. */
function misused(error: unknown): never {
  if (!isCulvertError(error) || !["CREDENTIAL_INVALID", "OPTION_INVALID"].includes(error.code)) throw error;
  throw new CliError("USAGE_INVALID", error.message, { cause: error });
}
