import type { ControlClient } from "../../control/client.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import { chooseName } from "../shared/chosen-name.js";

/** The name of the inlet a command is about; nothing when the node has none. */
export function chooseInlet(
  context: CommandContext,
  control: ControlClient,
  input: CommandInput,
): Promise<string | undefined> {
  return chooseName(context, {
    what: "tcp-inlet",
    given: input.argument("name"),
    list: async () => (await control.call("tcp-inlet.list", {})).map(({ alias }) => alias),
  });
}
