import type { Command } from "../../framework/command.js";
import { listResult } from "../../output/blocks.js";
import { vaultBlock, vaultView } from "./vault-view.js";

export const command: Command = {
  examples: ["vault list", "vault list --output json --jq '.[].name'"],
  async run(context) {
    const { vaults } = await context.identities();
    const views = await Promise.all(vaults.list().map((vault) => vaultView(vaults, vault)));
    return listResult(views, "There are no vaults: create one with `culvert vault create`", vaultBlock);
  },
};
