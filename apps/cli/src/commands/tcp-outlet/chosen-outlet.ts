import type { ControlClient } from "../../control/client.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import { parseServiceAddress } from "../../syntax/names.js";
import { chooseName } from "../shared/chosen-name.js";

/** The address of the outlet a command is about; nothing when the node has none. */
export function chooseOutlet(
  context: CommandContext,
  control: ControlClient,
  input: CommandInput,
): Promise<string | undefined> {
  const given = input.argument("alias");
  return chooseName(context, {
    what: "tcp-outlet",
    given: given === undefined ? undefined : parseServiceAddress(given),
    list: async () =>
      (await control.call("tcp-outlet.list", {})).map(({ from }) => parseServiceAddress(from)),
  });
}
