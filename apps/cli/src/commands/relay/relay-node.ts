import type { OptionDefinition } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";

/** The node whose relays a command is about, under both names users know. */
export const relayNodeOptions: readonly OptionDefinition[] = [
  {
    flags: "--at <node>",
    description: "The node that has or hosts the relay; the default node when left out",
  },
  { flags: "--to <node>", description: "The same", hidden: true },
];

/** The node that `--at` or `--to` names, or the default. */
export function relayNode(context: CommandContext, input: CommandInput): Promise<string> {
  return context.node(input.text("at") ?? input.text("to"));
}
