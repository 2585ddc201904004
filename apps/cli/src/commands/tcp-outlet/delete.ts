import type { ControlClient } from "../../control/client.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { Result } from "../../output/result.js";
import type { OutletListing } from "../../runtime/views.js";
import { parseServiceAddress } from "../../syntax/names.js";
import { deleteOne } from "../shared/deletion.js";
import { atOption, yesOption } from "../shared/options.js";
import { isNone, noneResult } from "../shared/result-blocks.js";
import { chooseOutlet } from "./chosen-outlet.js";

export const command: Command = {
  description: "Streams of the outlet are reset.",
  arguments: [{ syntax: "[alias]", description: "The outlet's address, such as outlet or /service/outlet" }],
  options: [{ flags: "--all", description: "Delete all outlets of the node" }, atOption, yesOption],
  async run(context, input) {
    const node = await context.node(input.text("at"));
    const control = context.control(node);
    const yes = input.flag("yes");
    if (input.flag("all")) return deleteAll(context, control, { node, yes });
    const name = await chooseOutlet(context, control, input);
    if (name === undefined) return noneResult;
    return deleteOne(context, {
      what: `outlet ${name} of node ${node}`,
      yes,
      find: () => control.call("tcp-outlet.show", { name }),
      remove: () => control.call("tcp-outlet.delete", { name }),
    });
  },
};

async function deleteAll(
  context: CommandContext,
  control: ControlClient,
  { node, yes }: { readonly node: string; readonly yes: boolean },
): Promise<Result | undefined> {
  const outlets = await control.call("tcp-outlet.list", {});
  if (outlets.length === 0) return noneResult;
  if (!(await context.terminal.confirm(`Delete all ${outlets.length} outlets of node ${node}?`, yes)))
    return undefined;
  const deleted: OutletListing[] = [];
  for (const { from } of outlets) {
    const outlet = await control.call("tcp-outlet.delete", { name: parseServiceAddress(from) });
    if (!isNone(outlet)) deleted.push(outlet);
  }
  return { plain: `Deleted ${deleted.length} outlets of node ${node}`, json: deleted };
}
