import { isTransportHop } from "@x/core";
import { CliError } from "../../cli-error.js";
import type { CommandContext } from "../../framework/context.js";
import { resourceClient } from "../../registry/resource-client.js";
import type { RouteParam } from "../../registry/schemas.js";
import { parseServiceAddress } from "../../syntax/names.js";
import type { RelayView } from "../views/relay-view.js";
import { readRoute } from "./route-reading.js";

/** Where an inlet's `--to` and `--via` lead. */
export interface OutletRouteInput {
  /** A route, or the bare address of an outlet: `outlet`. */
  readonly to: string;
  /** A route to a relay, or its bare name. */
  readonly via: string | undefined;
  /** The node the inlet is on. */
  readonly node: string;
}

/**
 * The route from an inlet to its outlet.
 *
 * @throws CliError USAGE_INVALID, NODE_NOT_FOUND, RESOURCE_NOT_FOUND when no node has a relay of that name
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
  return { hops: [...start.hops, ...route.hops], text: `${start.text}${route.text}` };
}

async function viaRelay(context: CommandContext, via: string, node: string): Promise<RouteParam> {
  if (via.includes("/") || via === "-") return readRoute(context, via, node);
  const name = via.replace(/^forward_to_/, "");
  return (await findRelay(context, name, node)) ?? (await readRoute(context, `/service/forward_to_${name}`));
}

/** The route to a relay that a node on this machine has, or hosts. */
async function findRelay(
  context: CommandContext,
  name: string,
  node: string,
): Promise<RouteParam | undefined> {
  const names = (await context.nodes.list())
    .filter(({ status }) => status === "running")
    .map((record) => record.name);
  for (const candidate of [node, ...names.filter((other) => other !== node)]) {
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
