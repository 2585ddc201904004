import { readdirSync } from "node:fs";
import type { ErrorCode } from "@x/core";
import type { LimitName, NodeLimits } from "./node-limits.js";
import type { RuntimeParts } from "./node-runtime.js";

/** How far a node is from its limits. */
export interface LimitUse {
  /** The limits in force. */
  readonly limits: NodeLimits;
  /** What there is now of what they bound; of the fullest one where each of several has the limit. Sizes and times have no level. */
  readonly levels: Readonly<Partial<Record<LimitName, number>>>;
  /** What was refused so far, by code. */
  readonly refused: ReadonlyMap<ErrorCode, number>;
}

/** Looks at a node. */
export function limitUse(parts: RuntimeParts): LimitUse {
  const { limits, openFiles } = parts.context;
  return {
    limits: { ...limits, "open-files": openFiles.limit },
    levels: levelsOf(parts),
    refused: refusedBy(parts),
  };
}

function levelsOf(parts: RuntimeParts): LimitUse["levels"] {
  const { context, transports, inlets, outlets } = parts;
  const connections = context.node.connections();
  const accepted = connections.filter(({ direction }) => direction === "accepted");
  const acceptedBy = (transport: string): number =>
    accepted.filter(({ remote }) => remote.startsWith(`${transport}#`)).length;
  const workers = context.node.workers();
  const relays = parts.relayService.list();
  const { streams, connecting } = outlets.mostStreams();
  return {
    connections: accepted.length,
    "dialled-connections": connections.length - accepted.length,
    "tcp-connections": acceptedBy("tcp"),
    "tcp-handshakes": transports.tcp.counters.handshakes,
    "udp-connections": acceptedBy("udp"),
    workers: workers.length,
    "queued-messages": workers.reduce((most, { queued }) => Math.max(most, queued), 0),
    "node-queued-bytes": context.node.stats().queuedBytes,
    relays: relays.length,
    "relays-per-connection": mostOfOne(relays.map(({ route }) => route[0])),
    "inlet-streams": inlets.mostStreams(),
    "outlet-streams": streams,
    "outlet-connecting": connecting,
    "portal-bytes": context.portalBudget.usedBytes,
    ...openFilesNow(),
  };
}

function mostOfOne(keys: readonly unknown[]): number {
  const counts = new Map<unknown, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts.values()].reduce((most, count) => Math.max(most, count), 0);
}

/** Only Linux tells at once. */
function openFilesNow(): LimitUse["levels"] {
  try {
    return { "open-files": readdirSync("/proc/self/fd").length };
  } catch {
    return {};
  }
}

function refusedBy({ context }: RuntimeParts): ReadonlyMap<ErrorCode, number> {
  const sum = new Map(context.node.stats().refusedByCode);
  for (const [code, count] of context.refusals.counts()) sum.set(code, (sum.get(code) ?? 0) + count);
  return sum;
}
