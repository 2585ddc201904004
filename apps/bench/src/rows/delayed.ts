import type { Wire } from "../chains/chain.js";
import { startRole } from "../process/role.js";
import { atLeast } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import type { DelayProxyOperations } from "../roles/delay-proxy.js";
import { checkAgainst } from "./bars.js";
import { measureRounds, type NamedChain, RowChains, type Subject } from "./measure.js";
import type { Bench, Row } from "./row.js";
import { type Measured, Samples } from "./samples.js";
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

const directions = ["down", "up"] as const;
type Direction = (typeof directions)[number];

/** One stream over a path with a round trip of 50 ms, long enough for windows to open. */
export const delayedRow: Row = {
  id: "delayed",
  begin: (bench) => {
    const rowChains = new RowChains(
      bench,
      bench.chains.filter(({ name }) => chainNames.has(name)),
    );
    const samples = { down: new Samples(rowChains.names), up: new Samples(rowChains.names) };
    return {
      rounds: bench.settings.delayedRounds,
      measure: (rounds) =>
        overDelayLine((wire) =>
          rowChains.run(async (chains) => {
            for (const direction of directions) {
              bench.progress.say(`one stream ${direction} over a round trip of 50 ms`);
              await measureRounds(subjectsOf(bench, chains, direction), rounds, samples[direction]);
            }
          }, wire),
        ),
      results: () =>
        directions.map((direction) => resultOf(direction, samples[direction].measured(), rowChains.notes)),
    };
  },
};

async function overDelayLine(task: (wire: Wire) => Promise<void>): Promise<void> {
  const proxy = await startRole<DelayProxyOperations>("delay-proxy");
  try {
    await task((target) => proxy.call("join", { target, delayMs, bytesPerSecond }));
  } finally {
    await proxy.close();
  }
}

function subjectsOf(bench: Bench, chains: readonly NamedChain[], direction: Direction): Subject[] {
  const { delayedRampMs: rampMs, delayedMs: timeMs } = bench.settings;
  return chains.map((chain) => ({
    name: chain.name,
    measure: async () => {
      const { bytes, seconds } = await transfer(bench, chain, { direction, streams: 1, rampMs, timeMs });
      return bytes / 1e6 / seconds;
    },
  }));
}

function resultOf(direction: Direction, measured: Measured, notes: readonly string[]): RowResult {
  return {
    id: `delayed-${direction}`,
    title: `Bulk over 50 ms round trip, 1 stream ${direction}`,
    unit: "MB/s",
    better: "more",
    series: measured.series,
    checks: checkAgainst(measured, { direct: atLeast(0.95) }),
    notes: [...notes, ...measured.notes, `The path carries ${bytesPerSecond / 1e6} MB/s each way.`],
  };
}
