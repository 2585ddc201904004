import { readdirSync } from "node:fs";
import type { ErrorCode } from "@x/core";
import type { NodeConnection } from "@x/routing";
import type { RuntimeParts } from "../runtime-parts.js";
import type { NodeTransport } from "../transports.js";
import type { NodeLimits } from "./node-limits.js";

/** How far a node is from its limits. */
export interface LimitUse {
  /** The limits in force. */
  readonly limits: NodeLimits;
  /** What there is now of what they bound; of the fullest one where each of several has the limit. Sizes and times have no level. */
  readonly levels: Readonly<Record<string, number>>;
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

function levelsOf({ context, transports, tables }: RuntimeParts): LimitUse["levels"] {
  const connections = context.node.connections();
  const accepted = connections.filter(({ direction }) => direction === "accepted");
  const workers = context.node.workers();
  const relays = context.relayService.list();
  return {
    connections: accepted.length,
    "dialled-connections": connections.length - accepted.length,
    ...Object.assign({}, ...transports.map((transport) => transportLevels(transport, accepted))),
    workers: workers.length,
    "queued-messages": workers.reduce((most, { queued }) => Math.max(most, queued), 0),
    "node-queued-bytes": context.node.stats().queuedBytes,
    relays: relays.length,
    "relays-per-connection": mostOfOne(relays.map(({ route }) => route[0])),
    "kept-relay-names": context.relayService.keptNames,
    ...Object.assign({}, ...tables.map((table) => table.levels())),
    "portal-bytes": context.portalBudget.usedBytes,
    ...openFilesNow(),
  };
}

/** A transport's connections, and what it counts itself, where it has limits of these names. */
function transportLevels(
  { manifest: { name, limits = {} }, transport }: NodeTransport,
  accepted: readonly NodeConnection[],
): LimitUse["levels"] {
  const { counters = {} } = transport as { counters?: Readonly<Record<string, number>> };
  const connections = accepted.filter(({ remote }) => remote.startsWith(`${name}#`)).length;
  const known = Object.entries({ connections, ...counters }).filter(([level]) =>
    Object.hasOwn(limits, level),
  );
  return Object.fromEntries(known.map(([level, value]) => [`${name}-${level}`, value]));
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
