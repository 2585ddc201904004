import { existsSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../../cli-error.js";
import {
  type EventFilter,
  filterOptions,
  isFiltering,
  isWanted,
  type LogRecord,
  readFilter,
} from "../../events/event-filter.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import { logFileName } from "../../node-process/telemetry/log-file-name.js";
import { existingNode } from "./existing-node.js";

const defaultLines = "10";

export const command: Command = {
  description:
    "Prints the path of the node's log file; with --follow or a filter what is in it, files that were put aside included. With --output json, or CULVERT_LOG_FORMAT=json, each line is a JSON object as in the file.",
  arguments: [
    { syntax: "[name]", description: "The node; the default node when left out", completes: "node" },
  ],
  options: [
    { flags: "-f, --follow", description: "Print the last lines, and new ones as they come" },
    {
      flags: "-n, --lines <count>",
      description: `How many of the last lines to begin with (default: ${defaultLines} with --follow and no filter, else all)`,
    },
    ...filterOptions,
  ],
  examples: ["node logs n1", "node logs n1 --follow", "node logs n1 --since 1h --level warn --resource web"],
  async run(context, input) {
    const name = await existingNode(context, input.argument("name"));
    const folder = context.nodes.paths(name).logFolder;
    const path = join(folder, logFileName);
    if (!existsSync(path)) {
      throw new CliError("RESOURCE_NOT_FOUND", `Cannot show the log of node "${name}": it has no log file`, {
        hint: "A node in the foreground logs to its terminal",
      });
    }
    const filter = readFilter(input);
    const follow = input.flag("follow");
    const lines = input.text("lines") ?? (follow && !isFiltering(filter) ? defaultLines : undefined);
    if (!follow && lines === undefined && !isFiltering(filter))
      return { plain: path, machine: path, json: { path } };
    await printLog(context, {
      folder,
      filter,
      follow,
      lines: lines === undefined ? undefined : readCount(lines),
    });
    return undefined;
  },
};

interface Printing {
  readonly folder: string;
  readonly filter: EventFilter;
  readonly follow: boolean;
  /** How many of the last lines; all when left out. */
  readonly lines: number | undefined;
}

async function printLog(context: CommandContext, { folder, filter, follow, lines }: Printing): Promise<void> {
  const { logLines } = await import("../../events/log-lines.js");
  const { recordPrinter } = await import("../../events/record-printer.js");
  const print = recordPrinter(context);
  // What is there already waits until it is known which lines are the last ones.
  let last: string[] | undefined = lines === undefined ? undefined : [];
  for await (const line of logLines(folder, { follow, signal: context.signal })) {
    if (line === undefined) {
      for (const kept of last ?? []) await print(kept);
      last = undefined;
    } else if (isWanted(readRecord(line), filter)) {
      if (last === undefined) await print(line);
      else if (last.push(line) > (lines ?? 0)) last.shift();
    }
  }
  for (const kept of last ?? []) await print(kept);
}

function readRecord(line: string): LogRecord {
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return {};
  }
}

function readCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new CliError("USAGE_INVALID", `Cannot use --lines ${JSON.stringify(text)}: it is no number of lines`);
}
