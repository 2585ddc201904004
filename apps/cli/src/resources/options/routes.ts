import { formatRoute, isTransportHop, transportHop } from "@x/core";
import * as v from "valibot";
import { CliError } from "../../cli-error.js";
import type { CommandContext } from "../../framework/context.js";
import type { ValueKind } from "../../registry/option.js";
import { type RouteParam, routeParam } from "../../registry/schemas.js";
import { formatHostPort, isHostPort, parseHostPort, placeInstead } from "../../syntax/host-port.js";
import type { AddressSyntax } from "../../syntax/multi-address.js";
import { isName, parseNodeName, parseServiceAddress } from "../../syntax/names.js";
import { listenerOf } from "../../syntax/secure-hop.js";
import { readOutletRoute } from "./outlet-route.js";
import { readRoute } from "./route-reading.js";

/** Most spare routes of an inlet. 16: more than anybody has ways to one place. */
const maxInletRoutes = 16;

/** A route. One with a `-` is completed from standard input, so nothing is known of it yet. */
function checkRoute(text: string, addresses: AddressSyntax): void {
  if (!text.startsWith("-") && !text.includes("/-")) addresses.parse(text);
}

/** A route, or the bare name of a node. */
function checkWayToNode(text: string, what: string, addresses: AddressSyntax): void {
  if (isHostPort(text)) {
    const step = addresses.format(transportHop("tcp", formatHostPort(parseHostPort(text, { what }))));
    const hint = `Give it as ${step}, or a node as n2 or /node/n2`;
    throw placeInstead(text, { what, wanted: "a node or a route", hint });
  }
  if (text.startsWith("/") || text.startsWith("-")) checkRoute(text, addresses);
  else parseNodeName(text);
}

/** A route, or the bare address of an outlet. */
function checkWayToOutlet(text: string, what: string, addresses: AddressSyntax): void {
  if (isHostPort(text)) {
    const hint = `An inlet leads to an outlet, and the outlet to the server: \`culvert tcp-outlet create --to ${text}\` makes one, and /node/n2/service/outlet leads to it`;
    throw placeInstead(text, { what, wanted: "an outlet", hint });
  }
  if (text.startsWith("/") || text.startsWith("-")) checkRoute(text, addresses);
  else parseServiceAddress(text);
}

/** A route, or the bare name of a relay. */
function checkWayToRelay(text: string, _what: string, addresses: AddressSyntax): void {
  if (text.includes("/") || text.startsWith("-") || isHostPort(text)) checkRoute(text, addresses);
  else parseServiceAddress(text);
}

/** A relay, which is read together with the route that leads through it. */
export const relayText: ValueKind<string> = {
  schema: v.string(),
  check: checkWayToRelay,
  read: ([text = ""]) => text,
};

/** Routes that are written alike, or lead the same way however they are written, are alike. */
const writtenRoute: Pick<ValueKind<RouteParam>, "write" | "suits" | "isStale"> = {
  write: ({ text }) => text,
  suits: isSameRoute,
  isStale: isStaleRoute,
};

function isSameRoute(a: RouteParam, b: RouteParam): boolean {
  return a.text === b.text || formatRoute(a.hops) === formatRoute(b.hops);
}

/** Whether a node that a route names does not listen any more where the route leads. */
async function isStaleRoute({ hops, text }: RouteParam, context: CommandContext): Promise<boolean> {
  for (const [, name = ""] of text.matchAll(/\/node\/([^/]+)/g)) {
    const { status } = (await context.nodes.find(name)) ?? {};
    if (status !== "running") continue;
    const addresses = await context.control(name).call("node.addresses", {});
    const leadsThere = hops.some((hop) => addresses.includes(hop));
    if (!leadsThere && hops.some((hop) => isTransportHop(hop))) return true;
  }
  return false;
}

/** A route to a node; a bare name is a node's, and nothing the default node's. */
export const routeToNode: ValueKind<RouteParam> = {
  ...writtenRoute,
  schema: routeParam,
  check: checkWayToNode,
  read: ([text = ""], _what, { context, node }) =>
    readRoute(context, isName(text) && text !== "-" ? `/node/${text}` : text, node),
  absent: async ({ context, node }) => readRoute(context, `/node/${await context.node(undefined)}`, node),
};

/** A route to a listener for channels: `/node/n2/service/api`, or `/node/n2/secure/api`, */
export const routeToListener: ValueKind<RouteParam> = {
  ...writtenRoute,
  schema: routeParam,
  check: (text, _what, addresses) => checkRoute(text, addresses),
  async read([text = ""], what, { context, node }) {
    const { hops, text: filled } = await readRoute(context, text, node);
    const last = hops.at(-1);
    const listener = last === undefined ? undefined : listenerOf(last);
    if (listener !== undefined) return { hops: [...hops.slice(0, -1), listener], text: filled };
    if (last !== undefined && !isTransportHop(last)) return { hops, text: filled };
    throw new CliError("USAGE_INVALID", `Cannot use ${what} ${text}: the route names no listener`, {
      hint: `Add the listener, such as ${text}/service/api`,
    });
  },
};

/** Routes to an outlet, the preferred first. `--via` names a relay that they lead through. */
export const routesToOutlet: ValueKind<readonly RouteParam[]> = {
  schema: v.pipe(v.array(routeParam), v.minLength(1), v.maxLength(maxInletRoutes)),
  form: "list",
  item: "a route",
  write: (routes) => routes.map(({ text }) => text),
  suits: (wanted, has) =>
    wanted.length === has.length &&
    wanted.every((one, index) => isSameRoute(one, has[index] ?? { hops: [], text: "" })),
  isStale: async (has, context) =>
    (await Promise.all(has.map((one) => isStaleRoute(one, context)))).includes(true),
  check: checkWayToOutlet,
  async read(texts, _what, { context, input, node }) {
    const routes: RouteParam[] = [];
    // One after the other: several may take their beginning from standard input.
    for (const to of texts) routes.push(await readOutletRoute(context, { to, via: input.text("via"), node }));
    return routes;
  },
};
