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
    options: [{ flags: "-w, --watch", description: "Keep it live until q is pressed or it is interrupted" }],
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
  const { signal } = context;
  let earlier: readonly NodeStatus[] | undefined;
  if (process.stdout.isTTY === true && context.settings.output !== "json") {
    const { showLive } = await import("../output/live-screen.js");
    const read = async (): Promise<string> => {
      const all = await readStatus(context);
      const text = formatStatus(all, { kinds, style: context.terminal.resultStyle, earlier });
      earlier = all;
      return text;
    };
    await showLive({ everyMs: watchIntervalMs, signal, read });
    return undefined;
  }
  while (!signal.aborted) {
    await context.print(JSON.stringify(await readStatus(context)));
    await sleep(watchIntervalMs, undefined, { signal }).catch(() => {});
  }
  return undefined;
}
