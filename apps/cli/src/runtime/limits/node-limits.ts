import type { RelayLimits } from "@x/relay";
import type { NodeLimits as RoutingLimits } from "@x/routing";
import type { TransportManifest } from "../../transports/manifest.js";

/** One limit that can be set for a node: a whole number. */
export interface LimitDefinition {
  /** Used when nobody sets it; the same as that of the package which holds to it. */
  readonly fallback: number;
  /** Smallest value. */
  readonly least: number;
  /** Largest value. Default: the largest whole number. */
  readonly most?: number;
}

/** A day, in milliseconds. */
const dayMs = 86_400_000;

/** Limits of a node itself. */
const nodeDefinitions = {
  connections: { fallback: 10_000, least: 1 },
  "dialled-connections": { fallback: 1_024, least: 1 },
} as const satisfies Readonly<Record<string, LimitDefinition>>;

/** Limits of what runs on it. */
const partDefinitions = {
  workers: { fallback: 65_536, least: 1 },
  "queued-messages": { fallback: 1_024, least: 2 },
  "queued-bytes": { fallback: 8_388_608, least: 1 },
  "node-queued-bytes": { fallback: 268_435_456, least: 1 },
  relays: { fallback: 16_384, least: 0 },
  "relays-per-connection": { fallback: 256, least: 0 },
  "relays-per-host": { fallback: 1_024, least: 0 },
  "relays-per-network": { fallback: 2_048, least: 0 },
  "kept-relay-names": { fallback: 16_384, least: 0 },
  "relay-request-burst": { fallback: 512, least: 1 },
  "relay-requests-per-second": { fallback: 64, least: 1 },
  "inlet-streams": { fallback: 10_000, least: 0 },
  "inlet-idle-ms": { fallback: 0, least: 0, most: dayMs },
  "outlet-streams": { fallback: 10_000, least: 0 },
  "outlet-connection-streams": { fallback: 10_000, least: 0 },
  "outlet-connecting": { fallback: 1_000, least: 0 },
  "stream-resume-ms": { fallback: 60_000, least: 1, most: dayMs },
  "portal-bytes": { fallback: 268_435_456, least: 0 },
  "open-files": { fallback: Number.MAX_SAFE_INTEGER, least: 1 },
} as const satisfies Readonly<Record<string, LimitDefinition>>;

/** The name of a limit that a node has whatever its transports: `connections`. Those of transports begin with theirs: `tcp-connections`. */
export type LimitName = keyof typeof nodeDefinitions | keyof typeof partDefinitions;

/** What brings limits of its own. */
interface LimitedTransport {
  readonly manifest: Pick<TransportManifest, "name" | "limits">;
}

/** The limits of a node by name. `docs/limits.md` has a row for each: what it bounds, why it is so large, and how it is refused. */
export function limitDefinitions(
  transports: readonly LimitedTransport[],
): Readonly<Record<string, LimitDefinition>> {
  const own = transports.flatMap(({ manifest: { name, limits = {} } }) =>
    Object.entries(limits).map(([limit, { default: fallback, least, most }]) => {
      const definition = { fallback, least, ...(most === undefined ? {} : { most }) };
      return [`${name}-${limit}`, definition] as const;
    }),
  );
  return { ...nodeDefinitions, ...Object.fromEntries(own), ...partDefinitions };
}

/** Limits that were set, by name. */
export type LimitSettings = Readonly<Record<string, number>>;

/** Every limit of a node. */
export type NodeLimits = Readonly<Record<LimitName, number>> & Readonly<Record<string, number>>;

/** Why a value cannot be the limit of that name; nothing when it can. */
export function limitFault(
  name: string,
  value: unknown,
  transports: readonly LimitedTransport[],
): string | undefined {
  const definitions = limitDefinitions(transports);
  const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  if (definition === undefined) {
    const known = Object.keys(definitions).join(", ");
    return `there is no limit ${JSON.stringify(name.slice(0, 80))}; there are ${known}`;
  }
  const { least, most = Number.MAX_SAFE_INTEGER } = definition;
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)
    return undefined;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`;
  return `limit ${name} must be a whole number, ${range}`;
}

/** All limits, those that nobody set at their defaults. What is set of a transport that is not there now is left out. */
export function nodeLimits(settings: LimitSettings, transports: readonly LimitedTransport[]): NodeLimits {
  const definitions = Object.entries(limitDefinitions(transports));
  return Object.fromEntries(
    definitions.map(([name, { fallback }]) => [name, settings[name] ?? fallback]),
  ) as NodeLimits;
}

/** What they say of a node itself. */
export function routingLimits(limits: NodeLimits): Partial<RoutingLimits> {
  return {
    maxAcceptedConnections: limits.connections,
    maxDialledConnections: limits["dialled-connections"],
    maxWorkers: limits.workers,
    maxQueuedMessages: limits["queued-messages"],
    maxQueuedBytes: limits["queued-bytes"],
    maxQueuedBytesPerNode: limits["node-queued-bytes"],
  };
}

/** What they say of its relay service. */
export function relayLimits(limits: NodeLimits): RelayLimits {
  return {
    maxRelays: limits.relays,
    maxRelaysPerConnection: limits["relays-per-connection"],
    maxRelaysPerHost: limits["relays-per-host"],
    maxRelaysPerNetwork: limits["relays-per-network"],
    maxKeptNames: limits["kept-relay-names"],
    maxRequestBurst: limits["relay-request-burst"],
    maxRequestsPerSecond: limits["relay-requests-per-second"],
  };
}
