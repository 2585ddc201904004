import type { Command } from "../../framework/command.js";
import { noneResult } from "../../output/blocks.js";
import { namedThing } from "../shared/named-things.js";
import { identityView, namedIdentities } from "./identity-view.js";

export const command: Command = {
  description:
    "Gives the identity a new key, and deletes the old one. The identifier stays. Whatever the old key signed, such as credentials, ends for everybody who sees the new history; nodes that run show it from their next handshake on.",
  arguments: [
    {
      syntax: "[name]",
      description: "The identity; the default identity when left out",
      completes: "identity",
    },
  ],
  examples: ["identity rotate", "identity rotate alice"],
  async run(context, input) {
    const identities = await context.identities();
    const name = namedThing(namedIdentities(identities), input.argument("name"));
    if (name === undefined) return noneResult;
    const rotated = await identities.rotate(name);
    const plain = `${context.terminal.resultStyle.green("✔")} Identity ${name} has a new key\n  ${rotated.identifier}`;
    return { plain, machine: rotated.identifier, json: identityView(rotated) };
  },
};
