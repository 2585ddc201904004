import { isTransportHop } from "@x/core";
import * as v from "valibot";
import { CliError } from "../../cli-error.js";
import type { ValueKind } from "../../registry/option.js";
import { type RouteParam, routeParam } from "../../registry/schemas.js";
import type { AddressSyntax } from "../../syntax/multi-address.js";
import { isName, parseServiceAddress } from "../../syntax/names.js";
import { listenerOf } from "../../syntax/secure-hop.js";
import { readOutletRoute } from "./outlet-route.js";
import { readRoute } from "./route-reading.js";

/** Most spare routes of an inlet. 16: more than anybody has ways to one place. */
const maxInletRoutes = 16;

/** A route, or a bare name or address. One with a `-` is completed from standard input, so nothing is known of it yet. */
function checkRouteText(text: string, _what: string, addresses: AddressSyntax): void {
  if (text.startsWith("-") || text.includes("/-")) return;
  if (text.startsWith("/")) addresses.parse(text);
  else parseServiceAddress(text);
}

/** Text that is read together with another route. */
export const routeText: ValueKind<string> = {
  schema: v.string(),
  check: checkRouteText,
  read: ([text = ""]) => text,
};

/** A route to a node; a bare name is a node's, and nothing the default node's. */
export const routeToNode: ValueKind<RouteParam> = {
  schema: routeParam,
  check: checkRouteText,
  read: ([text = ""], _what, { context, node }) =>
    readRoute(context, isName(text) && text !== "-" ? `/node/${text}` : text, node),
  absent: async ({ context, node }) => readRoute(context, `/node/${await context.node(undefined)}`, node),
};

/** A route to a listener for channels: `/node/n2/service/api`, or `/node/n2/secure/api`, */
export const routeToListener: ValueKind<RouteParam> = {
  schema: routeParam,
  check: checkRouteText,
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
  check: checkRouteText,
  async read(texts, _what, { context, input, node }) {
    const routes: RouteParam[] = [];
    // One after the other: several may take their beginning from standard input.
    for (const to of texts) routes.push(await readOutletRoute(context, { to, via: input.text("via"), node }));
    return routes;
  },
};
