import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import { parseServiceAddress } from "../../syntax/names.js";
import { atOption } from "../shared/options.js";

export const command: Command = {
  description:
    "A hop service passes on every message it gets, in the name of its node. Start one only on a node whose peers you trust.",
  arguments: [{ syntax: "<type>", description: "What to start: hop" }],
  options: [
    { flags: "--addr <address>", description: "Where the service receives", default: "hop" },
    atOption,
  ],
  examples: ["service start hop --at n3", "service start hop --addr gate --at n3"],
  async run(context, input) {
    const type = input.requiredArgument("type");
    if (type !== "hop") {
      throw new CliError(
        "USAGE_INVALID",
        `Cannot start service ${JSON.stringify(type)}: the only type is hop`,
      );
    }
    const address = parseServiceAddress(input.requiredText("addr"));
    const node = await context.node(input.text("at"));
    const json = await context.control(node).call("service.start", { type, address });
    context.terminal.warn(
      `A hop service lets whoever reaches node ${node} send messages on through it, to other nodes too`,
    );
    context.terminal.done(`Started hop service at /node/${node}/service/${json.addr}`);
    return { machine: `/service/${json.addr}`, json };
  },
};
