import { type Address, isAddress, isTransportHop, maxRouteHops, type Route } from "@x/core";
import * as v from "valibot";

/** A route: the hops, and the text the user wrote. */
export interface RouteParam {
  readonly hops: Route;
  readonly text: string;
}

/** Any address. */
const hop: v.GenericSchema<unknown, Address> = v.pipe(
  v.string(),
  v.check((text) => isAddress(text), "must be an address"),
);

/** The address of a worker on this node. */
export const workerAddress: v.GenericSchema<unknown, Address> = v.pipe(
  v.string(),
  v.check((text) => isAddress(text) && !isTransportHop(text), "must be a worker's address"),
);

/** Hops in order. */
export const route: v.GenericSchema<unknown, Route> = v.pipe(v.array(hop), v.maxLength(maxRouteHops));

/** A route with the text the user wrote. */
export const routeParam: v.GenericSchema<unknown, RouteParam> = v.object({ hops: route, text: v.string() });
