import { isTransportHop } from "@x/core";
import { CliError } from "../../cli-error.js";
import type { CommandContext } from "../../framework/context.js";
import { resourceClient } from "../../registry/resource-client.js";
import type { RouteParam } from "../../registry/schemas.js";
import { parseServiceAddress } from "../../syntax/names.js";
import { listenerOf } from "../../syntax/secure-hop.js";
import type { RelayView } from "../views/relay-view.js";
import { readRoute } from "./route-reading.js";

/** Where an inlet's `--to` and `--via` lead. */
export interface OutletRouteInput {
  /** A route, or the bare address of an outlet: `outlet`. */
  readonly to: string;
  /** A route to a relay, or its bare name. */
  readonly via: string | undefined;
  /** The node the route begins at; nothing for one inside the command. */
  readonly node: string | undefined;
}

/**
 * The route from an inlet to its outlet.
 *
 * @throws CliError USAGE_INVALID also when no node has a relay of that name; NODE_NOT_FOUND
 */
export async function readOutletRoute(
  context: CommandContext,
  { to, via, node }: OutletRouteInput,
): Promise<RouteParam> {
  const isRoute = to.startsWith("/") || to === "-" || to.startsWith("-/");
  const end = isRoute ? to : `/service/${parseServiceAddress(to)}`;
  const start = via === undefined ? undefined : await viaRelay(context, via, node);
  const route = await readRoute(context, end, start === undefined ? node : undefined);
  const last = route.hops.at(-1);
  if (last === undefined || isTransportHop(last)) {
    throw new CliError("USAGE_INVALID", `Cannot use --to ${to}: the route names no outlet`, {
      hint: `Add the outlet, such as ${to}/service/outlet`,
    });
  }
  if (start === undefined) return route;
  // A node dials for its operator alone, and never for a message that came through a relay.
  const dialled = route.hops.find((hop) => isTransportHop(hop) && listenerOf(hop) === undefined);
  if (dialled !== undefined) {
    const reason = `Cannot use --to ${to} with --via ${via}: the route leads to a node by itself`;
    throw new CliError("USAGE_INVALID", reason, {
      hint: "Leave out --via, or give only what comes behind the relay, such as outlet",
    });
  }
  return { hops: [...start.hops, ...route.hops], text: `${start.text}${route.text}` };
}

async function viaRelay(context: CommandContext, via: string, node: string | undefined): Promise<RouteParam> {
  if (via.includes("/") || via === "-") return readRoute(context, via, node);
  const name = via.replace(/^forward_to_/, "");
  const found = await findRelay(context, name, node);
  if (found !== undefined) return found;
  const reason = `Cannot use --via ${via}: no node on this machine has or hosts a relay of that name`;
  throw new CliError("USAGE_INVALID", reason, {
    hint: `Give the route to it, such as /ip4/10.0.0.1/tcp/7000/service/forward_to_${name}`,
  });
}

/** The route to a relay that a node on this machine has, or hosts. */
async function findRelay(
  context: CommandContext,
  name: string,
  node: string | undefined,
): Promise<RouteParam | undefined> {
  const names = (await context.nodes.list())
    .filter(({ status }) => status === "running")
    .map((record) => record.name);
  const first = node === undefined ? [] : [node];
  for (const candidate of [...first, ...names.filter((other) => other !== node)]) {
    const relays = await resourceClient<RelayView>(context.control(candidate), "relay")
      .list()
      .catch(() => []);
    const relay = relays.find((one) => one.name === name);
    if (relay !== undefined) {
      return readRoute(context, `${relay.destination_address}/service/${relay.remote_address}`, node);
    }
  }
  return undefined;
}
