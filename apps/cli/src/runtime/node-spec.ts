import type { Address } from "@x/core";
import * as v from "valibot";
import { CliError } from "../cli-error.js";
import type { InletSettings, OutletSettings, RouteParam } from "./operation-types.js";
import { hop, inletSettings, outletSettings, routeParam } from "./schemas.js";

/** Everything a node needs to be as it was: plain JSON, kept by whoever runs the node. Holds secrets (relay tokens). */
export interface NodeSpec {
  /** The form of this data. */
  readonly version: 1;
  readonly services: readonly ServiceSpec[];
  readonly listeners: readonly ListenerSpec[];
  readonly connections: readonly ConnectionSpec[];
  readonly relays: readonly RelaySpec[];
  readonly outlets: readonly OutletSpec[];
  readonly inlets: readonly InletSpec[];
}

/** A service that was started beside those every node has. */
export interface ServiceSpec {
  readonly type: "hop";
  readonly address: Address;
}

/** A listener with the port it has: `tcp#127.0.0.1:41327`. */
export interface ListenerSpec {
  readonly address: Address;
}

/** A connection that was asked for, with the worker it shall have again. */
export interface ConnectionSpec {
  readonly worker: Address;
  readonly remote: Address;
}

/** A relay this node registers. */
export interface RelaySpec {
  readonly name: string;
  readonly at: RouteParam;
  /** The secret that makes this node the name's owner. */
  readonly token?: string;
}

/** An outlet and its target, `host:port`. */
export interface OutletSpec {
  readonly address: Address;
  readonly target: string;
  readonly settings?: OutletSettings;
}

/** An inlet with the port it has. */
export interface InletSpec {
  readonly alias: string;
  readonly listen: string;
  readonly routes: readonly RouteParam[];
  readonly settings: InletSettings;
}

/** A node that has nothing of its own yet. */
export const emptySpec: NodeSpec = {
  version: 1,
  services: [],
  listeners: [],
  connections: [],
  relays: [],
  outlets: [],
  inlets: [],
};

const schema: v.GenericSchema<unknown, NodeSpec> = v.object({
  version: v.literal(1),
  services: v.array(v.object({ type: v.literal("hop"), address: hop })),
  listeners: v.array(v.object({ address: hop })),
  connections: v.array(v.object({ worker: hop, remote: hop })),
  relays: v.array(v.object({ name: v.string(), at: routeParam, token: v.exactOptional(v.string()) })),
  outlets: v.array(v.object({ address: hop, target: v.string(), settings: v.exactOptional(outletSettings) })),
  inlets: v.array(
    v.object({ alias: v.string(), listen: v.string(), routes: v.array(routeParam), settings: inletSettings }),
  ),
});

/**
 * Checks a spec that was read from a file.
 *
 * @throws CliError STATE_CORRUPT
 */
export function checkNodeSpec(value: unknown): NodeSpec {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? "it";
  throw new CliError("STATE_CORRUPT", `Cannot use the node's state: ${where}: ${issue.message}`);
}
