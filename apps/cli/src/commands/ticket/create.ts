import { isCulvertError } from "@x/core";
import { maxTicketMs, maxUsageCount } from "../../authority/limits.js";
import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import { readRoute } from "../../resources/options/route-reading.js";
import { parseDuration } from "../../syntax/duration.js";
import { parseName } from "../../syntax/names.js";
import { attributeOption, readAttributes } from "../shared/attribute-option.js";
import { authorityNode, authorityOption } from "../shared/authority-option.js";

/** The attribute by which policies let a member register relays: `(= subject.culvert-relay "web")`. */
const relayAttribute = "culvert-relay";

export const command: Command = {
  description:
    "Prints a ticket on one line: who enrolls with it becomes a member. Hand it over as you would a password; it is kept nowhere.",
  options: [
    attributeOption,
    {
      flags: "--relay <name>",
      description: `The relay that its users may register, as attribute ${relayAttribute}; * for all; none when left out`,
    },
    { flags: "--usage-count <count>", description: "How many may use it", default: "1" },
    { flags: "--expires-in <duration>", description: "How long it may be used", default: "10m" },
    {
      flags: "--route <route>",
      description:
        "How its users reach the authority, such as /dnsaddr/example.org/tcp/7000/service/api; repeatable. The addresses of this machine when left out",
      repeatable: true,
    },
    authorityOption,
  ],
  examples: [
    "ticket create",
    "ticket create --attribute role=web --usage-count 3 --expires-in 1h > ticket",
    "ticket create --route /dnsaddr/relay.example.org/tcp/7000/service/forward_to_authority/service/api",
  ],
  async run(context, input) {
    const relay = input.text("relay");
    const attributes = {
      ...readAttributes(input.texts("attribute")),
      ...(relay === undefined ? {} : { [relayAttribute]: relay === "*" ? relay : parseName("relay", relay) }),
    };
    const usageCount = readCount(input.requiredText("usage-count"));
    const range = { mostMs: maxTicketMs };
    const lifetimeMs = parseDuration(input.requiredText("expires-in"), "--expires-in", range);
    const routes = await readRoutes(context, input);
    const node = await authorityNode(context, input.text("at"));
    const given = { attributes, usageCount, lifetimeMs, ...(routes.length === 0 ? {} : { routes }) };
    const made = await context.control(node).call("ticket.create", given).catch(misused);
    const { Ticket } = await import("../../authority/ticket.js");
    const ticket = new Ticket(made.authority, made.routes, made.secret).text();
    const addresses = await context.addresses();
    const shown = made.routes.map((hops) => hops.map((hop) => addresses.format(hop)).join(""));
    if (shown.every((route) => /^\/(?:ip4\/127\.|ip6\/::1\/|dnsaddr\/localhost\/)/.test(route))) {
      context.terminal.warn(
        "Only this machine reaches the authority so: let it listen elsewhere, or give --route",
      );
    }
    return {
      machine: ticket,
      json: {
        ticket,
        authority: made.authority,
        routes: shown,
        attributes,
        usage_count: usageCount,
        expires_at: new Date(made.expires_at_ms).toISOString(),
      },
    };
  },
};

function readCount(text: string): number {
  const count = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxUsageCount) return count;
  throw new CliError(
    "USAGE_INVALID",
    `Cannot use --usage-count ${JSON.stringify(text.slice(0, 80))}: it must be 1 to ${maxUsageCount}`,
  );
}

async function readRoutes(
  context: CommandContext,
  input: CommandInput,
): Promise<readonly (readonly string[])[]> {
  const { isTransportHop } = await import("@x/core");
  const { listenerOf } = await import("../../syntax/secure-hop.js");
  const routes: (readonly string[])[] = [];
  for (const text of input.texts("route")) {
    const { hops } = await readRoute(context, text);
    const [first = "", last = ""] = [hops[0], hops.at(-1)];
    const listener = listenerOf(last) ?? last;
    if (!isTransportHop(first) || isTransportHop(listener)) {
      throw new CliError(
        "USAGE_INVALID",
        `Cannot use --route ${text}: it does not lead from an address to a listener`,
        {
          hint: "Give a route such as /dnsaddr/example.org/tcp/7000/service/api",
        },
      );
    }
    routes.push([...hops.slice(0, -1), listener]);
  }
  return routes;
}

/** What no credential can say is a matter of the options. */
function misused(error: unknown): never {
  if (!isCulvertError(error) || error.code !== "CREDENTIAL_INVALID") throw error;
  throw new CliError("USAGE_INVALID", error.message, { cause: error });
}
