import type { Command } from "../../framework/command.js";
import { deleteNamed, deleteOptions } from "../shared/named-things.js";
import { namedIdentities } from "./identity-view.js";

export const command: Command = {
  description:
    "Deletes the identity and its key, which cannot be had back. One that a node uses stays: delete that node first.",
  arguments: [
    {
      syntax: "[name]",
      description: "The identity; the default identity when left out",
      completes: "identity",
    },
  ],
  options: deleteOptions("identities"),
  examples: ["identity delete alice --yes", "identity delete --all --yes"],
  async run(context, input) {
    return deleteNamed(context, namedIdentities(await context.identities()), input);
  },
};
