import { type Address, checkRoute, type Route } from "@x/core";
import type { RouteStep } from "./multi-address.js";

/** How the steps of a route become hops. */
export interface RouteResolution {
  /** The node the route begins at; a step that names it first is left out. */
  readonly self?: string;
  /** The transport hop of a node's listener: `tcp#127.0.0.1:7000`. */
  readonly findNode: (name: string) => Promise<Address>;
}

/**
 * Turns the steps of a route into the hops a node understands.
 *
 * @throws CulvertError ROUTE_TOO_LONG, and what `findNode` throws
 */
export async function resolveRoute(
  steps: readonly RouteStep[],
  { self, findNode }: RouteResolution,
): Promise<Route> {
  const hops: Address[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.kind === "address") hops.push(step.address);
    else if (index > 0 || step.name !== self) hops.push(await findNode(step.name));
  }
  return checkRoute(hops);
}
