import { existsSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import { logFileName } from "../../node-process/telemetry/log-file-name.js";
import { existingNode } from "./existing-node.js";

const defaultLines = "10";

export const command: Command = {
  description: "Prints the path of the node's log file, or with --follow what is written to it.",
  arguments: [
    { syntax: "[name]", description: "The node; the default node when left out", completes: "node" },
  ],
  options: [
    { flags: "-f, --follow", description: "Print the last lines, and new ones as they come" },
    {
      flags: "-n, --lines <count>",
      description: "With --follow: how many lines to begin with",
      default: defaultLines,
    },
  ],
  examples: ["node logs n1", "node logs n1 --follow"],
  async run(context, input) {
    const name = await existingNode(context, input.argument("name"));
    const path = join(context.nodes.paths(name).logFolder, logFileName);
    if (!existsSync(path)) {
      throw new CliError("RESOURCE_NOT_FOUND", `Cannot show the log of node "${name}": it has no log file`, {
        hint: "A node in the foreground logs to its terminal",
      });
    }
    if (!input.flag("follow")) return { plain: path, machine: path, json: { path } };
    const { followFile } = await import("../../output/follow-file.js");
    await followFile(path, { lines: readCount(input.requiredText("lines")), signal: context.signal });
    return undefined;
  },
};

function readCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new CliError("USAGE_INVALID", `Cannot use --lines ${JSON.stringify(text)}: it is no number of lines`);
}
