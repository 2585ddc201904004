import type { ControlClient } from "../../control/client.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import { warnIfOpen } from "../shared/bind-warning.js";
import { chooseName } from "../shared/chosen-name.js";
import { deleteOne } from "../shared/deletion.js";
import { atOption, yesOption } from "../shared/options.js";
import { listResult, noneResult, showResult } from "../shared/result-blocks.js";
import { readPlace, readPlaceOrName } from "./connection-place.js";
import { listenerBlock } from "./transport-block.js";

type ListenerTransport = "tcp" | "udp";

const addressArgument = { syntax: "[address]", description: "Where it listens: host:port" };

/** `<transport>-listener create` */
export function createListener(transport: ListenerTransport): Command {
  return {
    arguments: [{ syntax: "<host:port>", description: "Where to listen; port 0 lets the system choose" }],
    options: [atOption],
    examples: [`${transport}-listener create 127.0.0.1:7000 --at n1`],
    async run(context, input) {
      const where = readPlace(transport, input.requiredArgument("host:port"), true);
      const node = await context.node(input.text("at"));
      const view = await context.control(node).call(`${transport}-listener.create`, { where });
      warnIfOpen(context, view.socket_addr, `Node ${node}`);
      context.terminal.done(`Node ${node} listens on ${view.socket_addr} (${transport.toUpperCase()})`);
      return { machine: localPath(transport, view.socket_addr), json: view };
    },
  };
}

/** `<transport>-listener list` */
export function listListeners(transport: ListenerTransport): Command {
  return {
    options: [atOption],
    async run(context, input) {
      const node = await context.node(input.text("at"));
      const views = await context.control(node).call(`${transport}-listener.list`, {});
      return listResult(views, `Node ${node} has no ${transport.toUpperCase()} listeners`, listenerBlock);
    },
  };
}

/** `<transport>-listener show` */
export function showListener(transport: ListenerTransport): Command {
  return {
    arguments: [addressArgument],
    options: [atOption],
    async run(context, input) {
      const node = await context.node(input.text("at"));
      const control = context.control(node);
      const name = await choose(transport, context, control, input.argument("address"));
      if (name === undefined) return noneResult;
      return showResult(await control.call(`${transport}-listener.show`, { name }), listenerBlock);
    },
  };
}

/** `<transport>-listener delete` */
export function deleteListener(transport: ListenerTransport): Command {
  return {
    description: "Connections that the listener accepted are closed.",
    arguments: [addressArgument],
    options: [atOption, yesOption],
    async run(context, input) {
      const node = await context.node(input.text("at"));
      const control = context.control(node);
      const name = await choose(transport, context, control, input.argument("address"));
      if (name === undefined) return noneResult;
      return deleteOne(context, {
        what: `listener ${name} of node ${node}`,
        yes: input.flag("yes"),
        find: () => control.call(`${transport}-listener.show`, { name }),
        remove: () => control.call(`${transport}-listener.delete`, { name }),
      });
    },
  };
}

/** `/dnsaddr/localhost/tcp/7000` */
function localPath(transport: ListenerTransport, where: string): string {
  return `/dnsaddr/localhost/${transport}/${where.slice(where.lastIndexOf(":") + 1)}`;
}

/** The listener a command is about. */
function choose(
  transport: ListenerTransport,
  context: CommandContext,
  control: ControlClient,
  given: string | undefined,
): Promise<string | undefined> {
  return chooseName(context, {
    what: `${transport}-listener`,
    given: given === undefined ? undefined : readPlaceOrName(transport, given),
    list: async () =>
      (await control.call(`${transport}-listener.list`, {})).map(({ socket_addr }) => socket_addr),
  });
}
