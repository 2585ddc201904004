import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { residentBytes } from "../harness/processes.js";
import type { RelayedNode } from "../harness/relayed-portal.js";
import { filesMargin, levelPauseMs, memoryMarginBytes } from "./limits.js";
import { openFiles } from "./node-sockets.js";

/** What a node holds at one moment. */
export interface NodeLevels {
  readonly memoryBytes: number;
  readonly files: number;
  /** Sockets by kind and state: `tcp ESTABLISHED` → 3. */
  readonly sockets: Readonly<Record<string, number>>;
  readonly streams: number;
  readonly workers: number;
  readonly connections: number;
}

/** The levels of all three nodes. */
export type Levels = Readonly<Record<RelayedNode, NodeLevels>>;

/** The nodes in the order in which messages pass them. */
export const relayedNodes: readonly RelayedNode[] = ["near", "relay", "far"];

/** Where to find a node: its process, and its HTTP server as `host:port`. */
export interface NodePlace {
  readonly pid: number;
  readonly http: string;
}

export type Places = Readonly<Record<RelayedNode, NodePlace>>;

/** Looks at all nodes. */
export async function readLevels(places: Places): Promise<Levels> {
  const [near, relay, far] = await Promise.all([
    readNode(places.near),
    readNode(places.relay),
    readNode(places.far),
  ]);
  return { near, relay, far };
}

/** Looks again and again until the levels are right, or the time is over; gives the last ones. */
export async function settledLevels(
  places: Places,
  isRight: (now: Levels, before: Levels | undefined) => boolean,
  limitMs: number,
): Promise<Levels> {
  let before: Levels | undefined;
  for (const endsAt = performance.now() + limitMs; ; await sleep(levelPauseMs)) {
    const now = await readLevels(places);
    if (isRight(now, before) || performance.now() > endsAt) return now;
    before = now;
  }
}

/** What of a node has grown more than it may, or is not as before; one sentence each. */
export function grownLevels(before: Levels, after: Levels): readonly string[] {
  return relayedNodes.flatMap((node) => {
    const [old, now] = [before[node], after[node]];
    const grown: string[] = [];
    for (const what of ["streams", "workers", "connections"] as const) {
      if (now[what] !== old[what]) grown.push(`${node}: ${what} were ${old[what]}, are ${now[what]}`);
    }
    const [oldSockets, sockets] = [formatSockets(old), formatSockets(now)];
    if (sockets !== oldSockets) grown.push(`${node}: sockets were ${oldSockets}, are ${sockets}`);
    if (now.files > old.files + filesMargin)
      grown.push(`${node}: files were ${old.files}, are ${now.files}, margin ${filesMargin}`);
    if (now.memoryBytes > old.memoryBytes + memoryMarginBytes) {
      const [oldMiB, nowMiB, margin] = [old.memoryBytes, now.memoryBytes, memoryMarginBytes].map(toMebibytes);
      grown.push(`${node}: memory was ${oldMiB} MiB, is ${nowMiB} MiB, margin ${margin} MiB`);
    }
    return grown;
  });
}

/** Sockets by state on one line. */
export function formatSockets({ sockets }: NodeLevels): string {
  const states = Object.entries(sockets).sort(([a], [b]) => a.localeCompare(b));
  return states.map(([state, count]) => `${count} ${state}`).join(", ");
}

/** Whole MiB. */
export function toMebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

/** The sockets come first: the request for the rest needs one. */
async function readNode({ pid, http }: NodePlace): Promise<NodeLevels> {
  const { files, sockets } = openFiles(pid);
  const metrics = await readMetrics(http);
  return {
    memoryBytes: residentBytes(pid),
    files,
    sockets,
    streams: sumOf(metrics, "culvert_open_streams"),
    workers: sumOf(metrics, "culvert_workers"),
    connections: sumOf(metrics, "culvert_connections"),
  };
}

function readMetrics(place: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const onResponse = (response: IncomingMessage): void => void text(response).then(resolve, reject);
    get(`http://${place}/metrics`, { agent: false }, onResponse).on("error", reject);
  });
}

/** All lines of a metric, whatever their labels. */
function sumOf(metrics: string, name: string): number {
  const values = [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
  if (values.length === 0) throw new Error(`Cannot find metric ${name}`);
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
