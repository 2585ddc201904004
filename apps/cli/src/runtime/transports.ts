import type { CulvertError, Transport } from "@x/core";
import type { TransportManifest } from "../transports/manifest.js";
import type { TransportEntry } from "../transports/transport-entry.js";
import type { NodeLimits } from "./limits/node-limits.js";
import { failureFields, type RuntimeLog } from "./runtime-log.js";

/** A transport of a node. */
export interface NodeTransport {
  readonly manifest: TransportManifest;
  readonly transport: Transport;
}

/** What the transports of a node work with. */
export interface TransportSurroundings {
  readonly limits: NodeLimits;
  readonly log: RuntimeLog;
  /** Told what went wrong on listeners. */
  readonly onReport: (error: CulvertError) => void;
}

/** How much smaller the soft bound of a queue is than its hard one, from which on senders are refused: room for sixteen of them. */
const softShare = 16;

/** Loads and makes the transports of a node, within its limits. One that cannot be used is logged and left out. */
export async function loadTransports(
  entries: readonly TransportEntry[],
  { limits, log, onReport }: TransportSurroundings,
): Promise<readonly NodeTransport[]> {
  const loaded = entries.map(async ({ manifest, make }) => {
    try {
      return [{ manifest, transport: await make({ ...optionsOf(manifest, limits), onReport }) }];
    } catch (error) {
      log.error(failureFields(error), `Cannot load transport ${manifest.name}`);
      return [];
    }
  });
  return (await Promise.all(loaded)).flat();
}

function optionsOf(manifest: TransportManifest, limits: NodeLimits): Readonly<Record<string, number>> {
  const given = Object.entries(manifest.limits ?? {}).flatMap(([name, { option, softOption }]) => {
    const value = limits[`${manifest.name}-${name}`] as number;
    const soft = softOption === undefined ? [] : [[softOption, Math.ceil(value / softShare)] as const];
    return [[option, value] as const, ...soft];
  });
  return Object.fromEntries(given);
}
