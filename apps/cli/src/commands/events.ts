import { setTimeout as sleep } from "node:timers/promises";
import { filterOptions, isWanted, readFilter } from "../events/event-filter.js";
import { eventPollMs } from "../events/limits.js";
import type { EventRecord } from "../events/node-event.js";
import type { Command } from "../framework/command.js";
import type { CommandContext } from "../framework/context.js";
import { codeOf } from "../output/error-report.js";

/** An event, and the node that it happened to. */
type NodeEventRecord = EventRecord & { readonly node: string };

export const command: Command = {
  description:
    "Prints what happened to the nodes that run and what they have, the newest last: things that were made, went down, came back and were deleted, and visitors with what became of them. A node keeps its last 1,000 events; older ones are in its log. With --output json each event is a JSON object on a line.",
  options: [{ flags: "-f, --follow", description: "Go on with new events as they come" }, ...filterOptions],
  examples: ["events --follow", "events --level warn --since 1h", "events --visitor 127.0.0.1:51234"],
  async run(context, input) {
    const filter = readFilter(input);
    const { recordPrinter } = await import("../events/record-printer.js");
    const print = recordPrinter(context);
    const places = new Map<string, number>();
    for (;;) {
      const fresh = await readEvents(context, places);
      for (const record of fresh) if (isWanted(record, filter)) await print(JSON.stringify(record));
      if (!input.flag("follow") || context.signal.aborted) return undefined;
      await sleep(eventPollMs, undefined, { signal: context.signal }).catch(() => {});
    }
  },
};

/** What is new on all nodes that run, in the order of time. @param places how far each was read; a node that started anew begins at 0 */
async function readEvents(
  context: CommandContext,
  places: Map<string, number>,
): Promise<readonly NodeEventRecord[]> {
  const running = (await context.nodes.list()).filter(({ status }) => status === "running");
  const all = await Promise.all(
    running.map(async ({ name, process }) => {
      const key = `${name} ${process?.pid}`;
      try {
        const options = { signal: context.signal };
        const { events, next } = await context
          .control(name)
          .call("events.list", { after: places.get(key) ?? 0 }, options);
        places.set(key, next);
        return events.map((event) => ({ ...event, node: name }));
      } catch (error) {
        // It may have ended just now, and others have not.
        if (!context.signal.aborted)
          context.terminal.warn(`Node ${name} does not tell of events: ${codeOf(error)}`);
        return [];
      }
    }),
  );
  return all.flat().sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}
