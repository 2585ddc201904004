import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "../framework/command.js";
import type { CommandContext } from "../framework/context.js";
import type { LazyRegistry } from "../registry/registry.js";
import type { Resource } from "../registry/resource.js";
import { type NodeStatus, readStatus } from "./status/node-status.js";
import { formatStatus } from "./status/status-block.js";

/** Time between two looks with `--watch`, in milliseconds. 1,000: figures change at a pace people can read. */
const watchIntervalMs = 1000;

export function createCommand(registry: LazyRegistry): Command {
  return {
    options: [{ flags: "-w, --watch", description: "Keep it live until it is interrupted" }],
    examples: ["status", "status --watch", "status --output json --jq '.[] | {name, traffic}'"],
    async run(context, input) {
      const kinds = await (await registry()).resources();
      if (input.flag("watch")) return watch(context, kinds);
      const all = await readStatus(context);
      return { plain: formatStatus(all, { kinds, style: context.terminal.resultStyle }), json: all };
    },
  };
}

async function watch(context: CommandContext, kinds: readonly Resource[]): Promise<undefined> {
  const isLive = process.stdout.isTTY === true && context.settings.output !== "json";
  let earlier: readonly NodeStatus[] | undefined;
  if (isLive) process.stdout.write(enterScreen);
  try {
    while (!context.signal.aborted) {
      const all = await readStatus(context);
      const text = isLive
        ? home +
          eachLine(formatStatus(all, { kinds, style: context.terminal.resultStyle, earlier })) +
          clearBelow
        : JSON.stringify(all);
      await context.print(text);
      earlier = all;
      await sleep(watchIntervalMs, undefined, { signal: context.signal }).catch(() => {});
    }
  } finally {
    if (isLive) process.stdout.write(leaveScreen);
  }
  return undefined;
}

// Control sequences of terminals (ECMA-48, xterm): a screen of its own without cursor, and writing over what is there.
const enterScreen = "\u001b[?1049h\u001b[?25l";
const leaveScreen = "\u001b[?25h\u001b[?1049l";
const home = "\u001b[H";
const clearBelow = "\u001b[J";

/** Clears the rest of each line, which may hold more from before. */
function eachLine(text: string): string {
  return text.replaceAll("\n", "\u001b[K\n");
}
