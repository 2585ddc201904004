import type { Command } from "../../framework/command.js";
import { listResult } from "../../output/blocks.js";
import { identityBlock, identityView } from "./identity-view.js";

export const command: Command = {
  examples: ["identity list", "identity list --output json --jq '.[].identifier'"],
  async run(context) {
    const views = (await context.identities()).list().map(identityView);
    return listResult(
      views,
      "There are no identities: create one with `culvert identity create`",
      identityBlock,
    );
  },
};
