import type { Command } from "../../framework/command.js";
import { isNone, noneResult } from "../../output/blocks.js";
import { yesOption } from "../../registry/common-options.js";
import { authorityNode, authorityOption } from "../shared/authority-option.js";

export const command: Command = {
  description:
    "It gets no further credentials, and is out when the one that it has ends. The ticket that it came with does not let it in again; another one does.",
  arguments: [{ syntax: "<identifiers...>", description: "The members" }],
  options: [authorityOption, yesOption],
  examples: ["member delete I1b0f… --yes"],
  async run(context, input) {
    const { terminal } = context;
    const node = await authorityNode(context, input.text("at"));
    const given = [...new Set(input.argumentList("identifiers"))];
    const question = `Let go of ${given.join(", ")}?`;
    if (!(await terminal.confirm(question, input.flag("yes")))) return undefined;
    const deleted: object[] = [];
    for (const name of given) {
      const answer = await context.control(node).call("member.delete", { name });
      if (isNone(answer)) return noneResult;
      deleted.push({ identifier: answer.identifier });
    }
    const { green } = terminal.resultStyle;
    return {
      plain: given.map((identifier) => `${green("✔")} Deleted member ${identifier}`).join("\n"),
      machine: given.join("\n"),
      json: deleted.length === 1 ? deleted[0] : deleted,
    };
  },
};
