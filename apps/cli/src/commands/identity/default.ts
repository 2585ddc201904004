import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import { noneResult } from "../../output/blocks.js";
import { chosenThing } from "../shared/named-things.js";
import { namedIdentities } from "./identity-view.js";

export const command: Command = {
  description: "The default identity is the one that is used when none is named.",
  arguments: [
    {
      syntax: "[name]",
      description:
        "The identity to make the default; when left out, the default is shown, or chosen on a terminal",
      completes: "identity",
    },
  ],
  examples: ["identity default", "identity default alice"],
  async run(context, input) {
    const identities = await context.identities();
    const given = input.argument("name");
    const name = await chosenThing(context, namedIdentities(identities), given);
    if (name === undefined) return noneResult;
    if (!identities.find(name).isDefault) {
      await identities.setDefault(name);
      return { plain: `The default identity is '${name}' from now on`, machine: name, json: { name } };
    }
    if (given !== undefined) {
      throw new CliError("USAGE_INVALID", `The identity named '${name}' is already the default`);
    }
    return { machine: `The name of the default identity is '${name}'`, json: { name } };
  },
};
