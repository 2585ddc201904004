import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import type { LazyRegistry } from "../../registry/registry.js";
import { lastOrDetach } from "../../share/last-or-detach.js";
import { openShare, shareOf } from "../../share/open-share.js";
import { formatHostPort, parseHostPort } from "../../syntax/host-port.js";
import { readTicket, ticketArgument } from "../shared/read-ticket.js";

/** What the node of an opening is called. */
const nodePrefix = "open-";

export function createCommand(registry: LazyRegistry): Command {
  return {
    description:
      "Prints the address of this machine at which the shared service is reached, sealed from end to end.\n\nIt lasts until Ctrl-C, or until the share ends; with --detach until `culvert open stop`. See also `culvert open list`.",
    arguments: [ticketArgument],
    options: [
      {
        flags: "--from <host:port>",
        description:
          "Where it is reached here; any port of 127.0.0.1 when left out, and further ones for further services",
      },
      { flags: "-d, --detach", description: "Run on in the background" },
    ],
    examples: ["open - < ticket", "open ticket --from 8080", "open ticket --detach"],
    async run(context, input) {
      const { terminal } = context;
      const ticket = await readTicket(context, "open", input.argument("ticket"));
      const share = shareOf(ticket);
      const from = readFrom(input.text("from"));
      const isDetached = input.flag("detach");
      const name = freeName(share.name, (one) => context.nodes.has(`${nodePrefix}${one}`));
      const node = `${nodePrefix}${name}`;
      const opening = openShare(context, registry, {
        ticket,
        name,
        node,
        from,
        endsWithCommand: !isDetached,
      });
      const opened = await terminal.spin(`Opening ${share.name}`, opening);
      const { services, isFirst } = opened;
      for (const service of services)
        terminal.done(`${service.name} of ${share.name} is at ${service.address}`);
      if (isFirst) terminal.note("You are the first to use this ticket");
      else terminal.warn("Somebody else used this ticket before you");
      const addresses = services.map(({ address }) => address);
      const json = {
        name,
        services: services.map((service) => ({ name: service.name, bind_addr: service.address })),
        identifier: ticket.authority,
        is_first_use: isFirst,
        expires_at: new Date(share.endsAtMs).toISOString(),
      };
      const result = { machine: addresses.join("\n"), json };
      return lastOrDetach(context, { made: opened, result, isDetached, operation: "tcp-inlet.list" });
    },
  };
}

/** The port of the first service, and those after it for the others. */
function readFrom(text: string | undefined): (index: number) => string {
  if (text === undefined) return () => "127.0.0.1:0";
  const { host, port } = parseHostPort(text, { what: "--from" });
  return (index) => {
    if (port + index > 65_535)
      throw new CliError("USAGE_INVALID", `Cannot use --from ${text}: there are not enough ports`);
    return formatHostPort({ host, port: port + index });
  };
}

function freeName(name: string, isTaken: (name: string) => boolean): string {
  let free = name;
  for (let count = 2; isTaken(free); count++) free = `${name}-${count}`;
  return free;
}
