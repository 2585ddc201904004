import type { Command } from "../../framework/command.js";
import { listResult } from "../../output/blocks.js";
import { formatAttributes } from "../credential/credential-view.js";
import { authorityNode, authorityOption } from "../shared/authority-option.js";

export const command: Command = {
  options: [authorityOption],
  examples: ["member list", "member list --jq '.[].identifier'"],
  async run(context, input) {
    const node = await authorityNode(context, input.text("at"));
    const members = await context.control(node).call("member.list", {});
    return listResult(members, `Authority ${node} has no members`, {
      columns: { title: "member" },
      block: ({ identifier, attributes, is_trusted }) => ({
        title: identifier,
        fields: {
          Attributes: formatAttributes(attributes),
          "Came by": is_trusted ? "its operator" : "a ticket",
        },
      }),
    });
  },
};
