import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import type { NamedIdentity } from "../../identities/home-identities.js";
import { noneResult } from "../../output/blocks.js";
import type { Result } from "../../output/result.js";
import { namedThing } from "../shared/named-things.js";
import { identityView, namedIdentities } from "./identity-view.js";

export const command: Command = {
  description: "Prints the identifier, or with --full the public history: no secret is in it.",
  arguments: [
    {
      syntax: "[name]",
      description: "The identity; the default identity when left out",
      completes: "identity",
    },
  ],
  options: [
    { flags: "--full", description: "Show all keys it has had" },
    {
      flags: "--encoding <form>",
      description:
        "With --full: as text, or as one line that `identity create --identity` takes; text when left out",
      choices: ["plain", "hex"],
    },
  ],
  examples: ["identity show", "identity show alice --full", "identity show alice --full --encoding hex"],
  async run(context, input) {
    const encoding = input.text("encoding");
    if (encoding !== undefined && !input.flag("full")) {
      throw new CliError("USAGE_INVALID", "Cannot encode an identifier: --encoding is for --full");
    }
    const identities = await context.identities();
    const name = namedThing(namedIdentities(identities), input.argument("name"));
    if (name === undefined) return noneResult;
    const identity = identities.find(name);
    if (input.flag("full")) return fullResult(identity, encoding === "hex");
    return { machine: identity.identifier, json: identityView(identity) };
  },
};

async function fullResult(named: NamedIdentity, asHex: boolean): Promise<Result> {
  const { describeIdentity, exportIdentity, readIdentity } = await import("@x/identity");
  const identity = await readIdentity(named.history);
  const changes = identity.publicKeys.map((key) => ({
    primary_public_key: Buffer.from(key).toString("hex"),
  }));
  const history = exportIdentity(identity);
  return {
    machine: asHex ? history : describeIdentity(identity),
    json: { ...identityView(named), changes, history },
  };
}
