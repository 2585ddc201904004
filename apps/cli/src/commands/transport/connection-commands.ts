import type { ControlClient } from "../../control/client.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import { parseNodeName } from "../../syntax/names.js";
import { chooseName } from "../shared/chosen-name.js";
import { deleteOne } from "../shared/deletion.js";
import { atOption, yesOption } from "../shared/options.js";
import { listResult, noneResult, showResult } from "../shared/result-blocks.js";
import { readPlace, readPlaceOrName } from "./connection-place.js";
import { connectionBlock } from "./transport-block.js";

type ConnectionTransport = "tcp" | "udp";

const addressArgument = {
  syntax: "[address]",
  description: "The connection: /worker/<32 hex>, or the host:port of its other end",
};

/** Longest wait for a connection to open, in milliseconds. 20,000: longer than a transport tries. */
const connectTimeoutMs = 20_000;

/** `<transport>-connection create` */
export function createConnection(transport: ConnectionTransport): Command {
  return {
    description: "The connection is kept: it is dialled again when it breaks, and its worker stays the same.",
    options: [
      { flags: "--from <node>", description: "The node that connects; the default node when left out" },
      { flags: "-t, --to <host:port>", description: "Where to connect to", required: true },
    ],
    examples: [`${transport}-connection create --from n1 --to 127.0.0.1:7000`],
    async run(context, input) {
      const to = readPlace(transport, input.requiredText("to"));
      const from = input.text("from");
      const node = await context.node(from === undefined ? undefined : parseNodeName(from));
      const { terminal, signal } = context;
      const call = context
        .control(node)
        .call(`${transport}-connection.create`, { to }, { timeoutMs: connectTimeoutMs, signal });
      const view = await terminal.spin(`Connecting node ${node} to ${to}`, call);
      terminal.done(`Node ${node} is connected to ${view.to}: ${view.address}`);
      return { machine: view.address, json: view };
    },
  };
}

/** `<transport>-connection list` */
export function listConnections(transport: ConnectionTransport): Command {
  return {
    options: [atOption],
    async run(context, input) {
      const node = await context.node(input.text("at"));
      const views = await context.control(node).call(`${transport}-connection.list`, {});
      return listResult(views, `Node ${node} has no ${transport.toUpperCase()} connections`, connectionBlock);
    },
  };
}

/** `<transport>-connection show` */
export function showConnection(transport: ConnectionTransport): Command {
  return {
    arguments: [addressArgument],
    options: [atOption],
    async run(context, input) {
      const node = await context.node(input.text("at"));
      const control = context.control(node);
      const name = await choose(transport, context, control, input.argument("address"));
      if (name === undefined) return noneResult;
      return showResult(await control.call(`${transport}-connection.show`, { name }), connectionBlock);
    },
  };
}

/** `<transport>-connection delete` */
export function deleteConnection(transport: ConnectionTransport): Command {
  return {
    arguments: [addressArgument],
    options: [atOption, yesOption],
    async run(context, input) {
      const node = await context.node(input.text("at"));
      const control = context.control(node);
      const name = await choose(transport, context, control, input.argument("address"));
      if (name === undefined) return noneResult;
      return deleteOne(context, {
        what: `connection ${name} of node ${node}`,
        yes: input.flag("yes"),
        find: () => control.call(`${transport}-connection.show`, { name }),
        remove: () => control.call(`${transport}-connection.delete`, { name }),
      });
    },
  };
}

/** The connection a command is about. */
function choose(
  transport: ConnectionTransport,
  context: CommandContext,
  control: ControlClient,
  given: string | undefined,
): Promise<string | undefined> {
  return chooseName(context, {
    what: `${transport}-connection`,
    given: given === undefined ? undefined : readPlaceOrName(transport, given),
    list: async () => (await control.call(`${transport}-connection.list`, {})).map(({ address }) => address),
  });
}
