import type { Command } from "../../framework/command.js";
import { noneResult, showResult } from "../../output/blocks.js";
import { namedThing } from "../shared/named-things.js";
import { namedVaults, vaultBlock, vaultView } from "./vault-view.js";

export const command: Command = {
  arguments: [
    { syntax: "[name]", description: "The vault; the default vault when left out", completes: "vault" },
  ],
  examples: ["vault show", "vault show v1 --output json"],
  async run(context, input) {
    const { vaults } = await context.identities();
    const name = namedThing(namedVaults(vaults), input.argument("name"));
    return name === undefined
      ? noneResult
      : showResult(await vaultView(vaults, vaults.find(name)), vaultBlock);
  },
};
