import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import { noneOf } from "../../output/blocks.js";
import { chosenNodes, endPurposeNode, purposeNodes } from "../../share/purpose-nodes.js";
import type { NodePurpose } from "../../state/node-files.js";

/** What ends shares, or what was opened of them. */
export function stopCommand(kind: NodePurpose["kind"], what: string, none: string): Command {
  return {
    arguments: [{ syntax: "[name...]", description: `The names of ${what}; the only one when left out` }],
    options: [{ flags: "-a, --all", description: "All of them" }],
    examples: [`${kind} stop web`, `${kind} stop --all`],
    async run(context, input) {
      const all = await purposeNodes(context, kind);
      const given = input.argumentList("name");
      if (all.length === 0 && given.length === 0) return noneOf(none);
      const isOnly = given.length === 0 && all.length === 1;
      if (given.length === 0 && !isOnly && !input.flag("all")) {
        const names = all.map(({ purpose }) => purpose.name);
        throw new CliError("USAGE_INVALID", `Cannot choose among ${names.join(", ")}`, {
          hint: "Give names, or --all",
        });
      }
      const ended = given.length === 0 ? all : chosenNodes(all, given);
      for (const one of ended) await endPurposeNode(context, one);
      const names = ended.map(({ purpose }) => purpose.name);
      const { green } = context.terminal.resultStyle;
      return {
        plain: names.map((name) => `${green("✔")} Ended ${name}`).join("\n"),
        machine: names.join("\n"),
        json: names.map((name) => ({ name })),
      };
    },
  };
}
