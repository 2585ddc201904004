import { setTimeout as sleep } from "node:timers/promises";
import { formatUptime } from "../commands/status/status-block.js";
import type { CommandContext } from "../framework/context.js";
import { formatBytes } from "../output/bytes.js";

/** Time between two looks, in milliseconds. 1,000: figures change at a pace people can read. */
const lookEveryMs = 1000;

/** How something is that a line is about. */
export interface LiveState {
  /** Why it does not work now; nothing when it does. */
  readonly problem: string | undefined;
}

/** What to follow. */
export interface LiveLine {
  readonly node: string;
  /** When it ends, in milliseconds since 1970. */
  readonly endsAtMs: number;
  /** Tells how it is. */
  read(): Promise<LiveState>;
}

/**
 * Keeps a calm line on the terminal about how something is, until the user ends it or its time is over; elsewhere a line tells of each
 * change.
 *
 * @returns whether its time is over, or its node is gone
 */
export async function followLive(context: CommandContext, live: LiveLine): Promise<boolean> {
  const { signal, terminal } = context;
  let before: string | undefined;
  try {
    while (!signal.aborted) {
      if (Date.now() >= live.endsAtMs || !context.nodes.has(live.node)) return true;
      const { problem } = await live.read().catch(() => ({ problem: "its node does not answer" }));
      if (problem !== before) {
        terminal.clearLine();
        if (problem !== undefined) terminal.warn(`Not reachable now, it goes on trying: ${problem}`);
        else terminal.done("Reachable again");
      }
      before = problem;
      if (terminal.isLive) terminal.showLine(await lineOf(context, live, problem));
      await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
    }
    return false;
  } finally {
    terminal.clearLine();
  }
}

async function lineOf(
  context: CommandContext,
  { node, endsAtMs }: LiveLine,
  problem: string | undefined,
): Promise<string> {
  const { green, yellow, dim } = context.terminal.style;
  const traffic = await context
    .control(node)
    .call("node.traffic", {})
    .catch(() => undefined);
  const left = dim(`ends in ${formatUptime(Math.max(0, endsAtMs - Date.now()))}, Ctrl-C ends it now`);
  if (traffic === undefined) return `${yellow("●")} no answer  ${left}`;
  const { open_streams, uptime_ms, bytes_in, bytes_out } = traffic;
  const visitors = open_streams === 1 ? "1 connection" : `${open_streams} connections`;
  const mark = problem === undefined ? green("●") : yellow("●");
  return `${mark} up ${formatUptime(uptime_ms)}  ${visitors}  in ${formatBytes(bytes_in)}  out ${formatBytes(bytes_out)}  ${left}`;
}
