import type { Command } from "../../framework/command.js";
import { deleteNamed, deleteOptions } from "../shared/named-things.js";
import { namedVaults } from "./vault-view.js";

export const command: Command = {
  description:
    "Removes the vault's folder. One that identities have their keys in stays: delete these first.",
  arguments: [
    { syntax: "[name...]", description: "The vaults; the default vault when left out", completes: "vault" },
  ],
  options: deleteOptions("vaults"),
  examples: ["vault delete v1 --yes", "vault delete --all --yes"],
  async run(context, input) {
    return deleteNamed(context, namedVaults((await context.identities()).vaults), input);
  },
};
