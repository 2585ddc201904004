import type { RelayLimits } from "@x/relay";
import type { NodeLimits as RoutingLimits } from "@x/routing";

/** One limit that can be set for a node: a whole number. */
export interface LimitDefinition {
  /** Used when nobody sets it; the same as that of the package which holds to it. */
  readonly fallback: number;
  /** Smallest value. */
  readonly least: number;
  /** Largest value. Default: the largest whole number. */
  readonly most?: number;
}

const dayMs = 86_400_000;

/** The names of all limits, in the order of the table. */
export const limitNames = [
  "connections",
  "dialled-connections",
  "tcp-connections",
  "tcp-handshakes",
  "tcp-handshake-ms",
  "tcp-dead-peer-ms",
  "tcp-frame-bytes",
  "tcp-queue-bytes",
  "udp-connections",
  "udp-dead-peer-ms",
  "udp-frame-bytes",
  "udp-queue-bytes",
  "workers",
  "queued-messages",
  "queued-bytes",
  "node-queued-bytes",
  "relays",
  "relays-per-connection",
  "relay-request-burst",
  "relay-requests-per-second",
  "inlet-streams",
  "inlet-idle-ms",
  "outlet-streams",
  "outlet-connection-streams",
  "outlet-connecting",
  "stream-resume-ms",
  "portal-bytes",
  "open-files",
] as const;

/** The name of a limit. */
export type LimitName = (typeof limitNames)[number];

/** The limits of a node by name. `docs/limits.md` has a row for each: what it bounds, why it is so large, and how it is refused. */
export const limitDefinitions: Readonly<Record<LimitName, LimitDefinition>> = {
  connections: { fallback: 10_000, least: 1 },
  "dialled-connections": { fallback: 1_024, least: 1 },
  "tcp-connections": { fallback: 16_384, least: 1 },
  "tcp-handshakes": { fallback: 1_024, least: 1 },
  "tcp-handshake-ms": { fallback: 5_000, least: 1, most: dayMs },
  "tcp-dead-peer-ms": { fallback: 7_500, least: 1_000, most: dayMs },
  "tcp-frame-bytes": { fallback: 1_114_112, least: 1_024, most: 1_073_741_824 },
  "tcp-queue-bytes": { fallback: 16_777_216, least: 1 },
  "udp-connections": { fallback: 10_000, least: 1 },
  "udp-dead-peer-ms": { fallback: 15_000, least: 1_000, most: dayMs },
  "udp-frame-bytes": { fallback: 69_632, least: 1_024, most: 262_144 },
  "udp-queue-bytes": { fallback: 4_194_304, least: 1 },
  workers: { fallback: 65_536, least: 1 },
  "queued-messages": { fallback: 1_024, least: 2 },
  "queued-bytes": { fallback: 8_388_608, least: 1 },
  "node-queued-bytes": { fallback: 268_435_456, least: 1 },
  relays: { fallback: 16_384, least: 0 },
  "relays-per-connection": { fallback: 256, least: 0 },
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
};

/** Limits that were set, by name. */
export type LimitSettings = Readonly<Partial<Record<LimitName, number>>>;

/** Every limit of a node. */
export type NodeLimits = Readonly<Record<LimitName, number>>;

/** Why a value cannot be the limit of that name; nothing when it can. */
export function limitFault(name: string, value: unknown): string | undefined {
  if (!Object.hasOwn(limitDefinitions, name)) {
    return `there is no limit ${JSON.stringify(name.slice(0, 80))}; there are ${limitNames.join(", ")}`;
  }
  const { least, most = Number.MAX_SAFE_INTEGER } = limitDefinitions[name as LimitName];
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)
    return undefined;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`;
  return `limit ${name} must be a whole number, ${range}`;
}

/** All limits, those that nobody set at their defaults. */
export function nodeLimits(settings: LimitSettings): NodeLimits {
  return Object.fromEntries(
    limitNames.map((name) => [name, settings[name] ?? limitDefinitions[name].fallback]),
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
    maxRequestBurst: limits["relay-request-burst"],
    maxRequestsPerSecond: limits["relay-requests-per-second"],
  };
}
