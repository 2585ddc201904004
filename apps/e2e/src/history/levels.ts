import { type Chain, chainNodes } from "../engine/chain.js";
import { descriptorsOf, residentBytes, socketsOf } from "../harness/processes.js";

/**
 * What a node holds at one moment, and what of it may have grown at the end.
 * 96 MiB of memory: what V8 and the allocator keep after the largest burst (16 streams with windows of 16 MiB hold far more while it
 * lasts), and far less than half an hour of any leak per stream or per fault. 2 files: those that the runtime opens late.
 */
const margins = { mebibytes: 96, files: 2, sockets: 0, open_streams: 0, workers: 0, connections: 0 };

/** What all nodes hold, as `far sockets` → 7. */
export type Levels = Readonly<Record<string, number>>;

/** Looks at all nodes. Sockets come first: the request for the rest needs one. */
export async function readLevels(chain: Chain): Promise<Levels> {
  const levels = chainNodes.map(async (node) => {
    const pid = chain.pidOf(node);
    const held = { sockets: socketsOf(pid), files: descriptorsOf(pid) };
    const metrics = await chain.read(node, "/metrics");
    const counted = Object.keys(margins).flatMap((what) => {
      // All lines of a metric, whatever their labels.
      const lines = [...metrics.matchAll(new RegExp(`^culvert_${what}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
      return lines.length === 0 ? [] : [[what, lines.reduce((sum, [, value]) => sum + Number(value), 0)]];
    });
    const mebibytes = Math.round(residentBytes(pid) / 2 ** 20);
    return Object.entries({ ...held, mebibytes, ...Object.fromEntries(counted) }).map(([what, level]) => [
      `${node} ${what}`,
      level,
    ]);
  });
  return Object.fromEntries((await Promise.all(levels)).flat());
}

/** What has grown more than it may, or is not as before; one sentence each. */
export function grownLevels(before: Levels, after: Levels): readonly string[] {
  const all = chainNodes.flatMap((node) =>
    Object.entries(margins).map(([what, margin]) => ({ node, what, margin })),
  );
  return all.flatMap(({ node, what, margin }) => {
    const [old = Number.NaN, now = Number.NaN] = [before[`${node} ${what}`], after[`${node} ${what}`]];
    const isGood = margin === 0 ? now === old : now <= old + margin;
    return isGood ? [] : [`${node}: ${what} were ${old}, are ${now}, margin ${margin}`];
  });
}
