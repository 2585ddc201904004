import type { Chain, Wire } from "../chains/chain.js";
import { startRole } from "../process/role.js";
import { atLeast } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import type { DelayProxyOperations } from "../roles/delay-proxy.js";
import { checkAgainst } from "./bars.js";
import { measureInterleaved, withChains } from "./measure.js";
import type { Bench, Row } from "./row.js";
import { transfer } from "./transfer.js";

/** Each way, in milliseconds: 50 ms for the round trip. */
const delayMs = 25;

/**
 * Width of the path, in bytes per second.
 * A proxy cannot delay the acknowledgements of TCP, so an endless path would measure processors.
 * 100 MB/s keeps them idle, and needs windows of 5 MB, twenty times a usual first one.
 */
const bytesPerSecond = 100_000_000;

const chainNames: ReadonlySet<string> = new Set(["culvert", "ssh", "direct"]);

/** One stream over a path with a round trip of 50 ms, long enough for windows to open. */
export const delayedRow: Row = {
  id: "delayed",
  run: async (bench) => {
    const proxy = await startRole<DelayProxyOperations>("delay-proxy");
    const wire: Wire = (target) => proxy.call("join", { target, delayMs, bytesPerSecond });
    const chains = bench.chains
      .filter(({ name }) => chainNames.has(name))
      .map((chain) => overWire(chain, wire));
    try {
      return [await measureDelayed(bench, chains, "down"), await measureDelayed(bench, chains, "up")];
    } finally {
      await proxy.close();
    }
  },
};

function overWire(chain: Chain, wire: Wire): Chain {
  return { ...chain, start: (targets) => chain.start(targets, wire) };
}

async function measureDelayed(
  bench: Bench,
  chains: readonly Chain[],
  direction: "up" | "down",
): Promise<RowResult> {
  const { delayedRampMs: rampMs, delayedMs: timeMs, delayedRounds } = bench.settings;
  const notes = new Map<string, string>();
  return withChains(bench, chains, notes, async (running) => {
    bench.progress.say(`one stream ${direction} over a round trip of 50 ms`);
    const subjects = running.map((chain) => ({
      name: chain.name,
      measure: async () => {
        const { bytes, seconds } = await transfer(bench, chain, { direction, streams: 1, rampMs, timeMs });
        return bytes / 1e6 / seconds;
      },
    }));
    const measured = await measureInterleaved(bench, subjects, delayedRounds);
    return {
      id: `delayed-${direction}`,
      title: `Bulk over 50 ms round trip, 1 stream ${direction}`,
      unit: "MB/s",
      better: "more",
      series: measured.series,
      checks: checkAgainst(measured, { direct: atLeast(0.95) }),
      notes: [
        ...notes.values(),
        ...measured.notes,
        `The path carries ${bytesPerSecond / 1e6} MB/s each way.`,
      ],
    };
  });
}
