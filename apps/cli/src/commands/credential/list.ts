import type { Command } from "../../framework/command.js";
import { listResult } from "../../output/blocks.js";
import { parseNodeName } from "../../syntax/names.js";
import { credentialBlock, storedCredentialView } from "./credential-view.js";

export const command: Command = {
  options: [
    { flags: "--at <node>", description: "Those for this node; all when left out" },
    { flags: "--scope <scope>", description: "Those of this scope; all when left out" },
  ],
  examples: ["credential list", "credential list --output json --jq '.[].attributes'"],
  async run(context, input) {
    const [at, scope] = [input.text("at"), input.text("scope")];
    const node = at === undefined ? undefined : parseNodeName(at);
    if (node !== undefined) context.nodes.check(node);
    const all = (await (await context.identities()).credentials.list()).map(storedCredentialView);
    const wanted = all.filter(
      (view) =>
        (node === undefined || view.node === null || view.node === node) &&
        (scope === undefined || view.scope === scope),
    );
    return listResult(
      wanted,
      "There are no credentials: store one with `culvert credential store`",
      credentialBlock,
    );
  },
};
