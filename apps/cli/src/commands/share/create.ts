import { randomBytes } from "node:crypto";
import { maxTicketMs, maxUsageCount } from "../../authority/limits.js";
import type { Command } from "../../framework/command.js";
import type { LazyRegistry } from "../../registry/registry.js";
import { createShare, readServices, readVia } from "../../share/create-share.js";
import { lastOrDetach } from "../../share/last-or-detach.js";
import { parseDuration } from "../../syntax/duration.js";
import { parseName } from "../../syntax/names.js";
import { twoWords } from "../../syntax/two-words.js";

/** What the node of a share is called. */
const nodePrefix = "share-";

/** Length of the random part of a relay's name, in bytes. 8: nobody has it by chance. */
const relayNameBytes = 8;

export function createCommand(_registry: LazyRegistry): Command {
  return {
    description:
      "Prints a ticket, and the command that opens it on another machine. Both machines need to reach the relay, and nothing else; the relay can neither read, alter nor use what passes.\n\nIt lasts until Ctrl-C; with --detach until `culvert share stop`. See also `culvert share list`.",
    arguments: [
      {
        syntax: "[port...]",
        description: "What to share: a port of this machine, or host:port; several for one ticket",
      },
    ],
    options: [
      {
        flags: "--via <relay>",
        description:
          "The relay: host:port of a node that both machines reach, or a route to it; CULVERT_RELAY when left out",
      },
      { flags: "--name <name>", description: "What it is called; two random words when left out" },
      { flags: "--once", description: "Only one may open it" },
      { flags: "--expires-in <duration>", description: "When it ends by itself", default: "1d" },
      { flags: "-d, --detach", description: "Run on in the background" },
    ],
    examples: [
      "share 3000 --via relay.example.org:7000",
      "share 3000 5432 --name dev --expires-in 8h --detach",
    ],
    async run(context, input) {
      const { terminal } = context;
      const services = await readServices(input.argumentList("port"));
      const via = await readVia(context, input.text("via") ?? context.environment.relay);
      const range = { mostMs: maxTicketMs };
      const lifetimeMs = parseDuration(input.requiredText("expires-in"), "--expires-in", range);
      const isTaken = (name: string): boolean => context.nodes.has(`${nodePrefix}${name}`);
      const given = input.text("name");
      const name = given === undefined ? twoWords("share", isTaken) : parseName("share", given);
      const node = `${nodePrefix}${name}`;
      const isDetached = input.flag("detach");
      const sharing = createShare(context, {
        name,
        node,
        services,
        via,
        relayName: `${nodePrefix}${randomBytes(relayNameBytes).toString("hex")}`,
        usageCount: input.flag("once") ? 1 : maxUsageCount,
        lifetimeMs,
        endsWithCommand: !isDetached,
      });
      const share = await terminal.spin(`Sharing by way of ${via.text}`, sharing);
      const what = services.map(({ target }) => target).join(", ");
      terminal.done(`Sharing ${what} as ${name}, by way of ${via.text}`);
      const json = {
        name,
        ticket: share.ticket,
        command: "culvert open -",
        services: services.map(({ target }) => target),
        via: via.text,
        expires_at: new Date(share.endsAtMs).toISOString(),
      };
      const result = { plain: tellOf(share.ticket), machine: share.ticket, json };
      return lastOrDetach(context, { made: share, result, isDetached, operation: "relay.list" });
    },
  };
}

function tellOf(ticket: string): string {
  return `On the other machine, type\n\n  culvert open -\n\nand give it this ticket, which is as good as a password:\n\n${ticket}\n`;
}
