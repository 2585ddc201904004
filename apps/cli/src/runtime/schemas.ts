import { type Address, isAddress, isTransportHop, maxRouteHops, type Route } from "@x/core";
import * as v from "valibot";
import { parseHostPort } from "../syntax/host-port.js";
import { maxDurationMs } from "../syntax/limits.js";
import { isName } from "../syntax/names.js";
import type { InletSettings, OutletSettings, RouteParam } from "./operation-types.js";

/** Any address. */
export const hop: v.GenericSchema<unknown, Address> = v.pipe(
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

/** A name the user chose. */
export const name: v.GenericSchema<unknown, string> = v.pipe(
  v.string(),
  v.check((text) => isName(text), "must be a name"),
);

/** `host:port` to connect to. */
export const target: v.GenericSchema<unknown, string> = v.pipe(
  v.string(),
  v.check((text) => isHostPort(text, false), "must be host:port"),
);

/** `host:port` to listen on. */
export const listenWhere: v.GenericSchema<unknown, string> = v.pipe(
  v.string(),
  v.check((text) => isHostPort(text, true), "must be host:port"),
);

/** A time in milliseconds. */
export const milliseconds: v.GenericSchema<unknown, number> = v.pipe(
  v.number(),
  v.minValue(0),
  v.maxValue(maxDurationMs),
);

const socketSettings = {
  maxStreams: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  noDelay: v.exactOptional(v.boolean()),
  keepAlive: v.exactOptional(v.boolean()),
};

/** How an outlet treats its target. */
export const outletSettings: v.GenericSchema<unknown, OutletSettings> = v.object({
  ...socketSettings,
  connectTimeoutMs: v.exactOptional(milliseconds),
  proxyProtocol: v.exactOptional(v.picklist(["v1", "v2"])),
});

/** How an inlet treats its visitors and routes. */
export const inletSettings: v.GenericSchema<unknown, InletSettings> = v.object({
  ...socketSettings,
  idleTimeoutMs: v.exactOptional(milliseconds),
  allow: v.exactOptional(v.array(v.string())),
  connectionWaitMs: milliseconds,
  retryWaitMs: milliseconds,
  timeoutMs: milliseconds,
  pingTimeoutMs: milliseconds,
});

function isHostPort(text: string, portZero: boolean): boolean {
  try {
    parseHostPort(text, { portZero });
    return true;
  } catch {
    return false;
  }
}
