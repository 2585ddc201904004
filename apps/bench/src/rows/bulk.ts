import { atLeast } from "../report/check.js";
import type { RowResult, Series } from "../report/results.js";
import { median } from "../report/statistics.js";
import { checkAgainst, compareWithPeers } from "./bars.js";
import { measureRounds, type NamedChain, RowChains, type Subject } from "./measure.js";
import type { Bench, Row } from "./row.js";
import { Samples } from "./samples.js";
import { type TransferOptions, transfer } from "./transfer.js";

const bars = { pipes: atLeast(1.3), socat: atLeast(1), ssh: atLeast(3) };

/** Whoever carries bytes in JavaScript should still not be slower than others in Go and Rust. */
const goal = atLeast(1);

/** One row of the table, while it is measured. */
interface Variant {
  readonly direction: "up" | "down";
  readonly streams: number;
  readonly samples: Samples;
  /** CPU seconds per gigabyte of each round. */
  readonly costs: Map<string, number[]>;
  /** The same of the load generator, for all chains. */
  readonly loadCosts: number[];
}

/** Bulk throughput, one stream and ten, both ways. */
export const bulkRow: Row = {
  id: "bulk",
  begin: (bench) => {
    const rowChains = new RowChains(bench);
    const variants = [newVariant(rowChains, 1, "down"), newVariant(rowChains, 1, "up")];
    variants.push(newVariant(rowChains, 10, "down"), newVariant(rowChains, 10, "up"));
    return {
      rounds: bench.settings.rounds,
      measure: (rounds) =>
        rowChains.run(async (chains) => {
          for (const variant of variants) {
            bench.progress.say(`bulk: ${variant.streams} stream(s) ${variant.direction}`);
            for (const chain of chains) await warmUp(bench, chain, variant);
            await measureRounds(subjectsOf(bench, chains, variant), rounds, variant.samples);
          }
        }),
      results: () => variants.map((variant) => resultOf(variant, rowChains.notes)),
    };
  },
};

function newVariant({ names }: RowChains, streams: number, direction: "up" | "down"): Variant {
  const costs = new Map<string, number[]>(names.map((name) => [name, []]));
  return { direction, streams, samples: new Samples(names), costs, loadCosts: [] };
}

/** Lets compilers and windows settle. What fails here fails in the first round too, which takes note. */
async function warmUp(bench: Bench, chain: NamedChain, variant: Variant): Promise<void> {
  const options = { ...optionsOf(bench, variant), timeMs: bench.settings.warmUpMs };
  await transfer(bench, chain, options).catch(() => undefined);
}

function subjectsOf(bench: Bench, chains: readonly NamedChain[], variant: Variant): Subject[] {
  return chains.map((chain) => ({
    name: chain.name,
    measure: async () => {
      const { bytes, seconds, ...spent } = await transfer(bench, chain, optionsOf(bench, variant));
      variant.costs.get(chain.name)?.push(spent.cpuSeconds / (bytes / 1e9));
      variant.loadCosts.push(spent.loadSeconds / (bytes / 1e9));
      return bytes / 1e6 / seconds;
    },
  }));
}

function optionsOf({ settings }: Bench, { direction, streams }: Variant): TransferOptions {
  return { direction, streams, rampMs: settings.rampMs, timeMs: settings.bulkMs };
}

function resultOf(variant: Variant, notes: readonly string[]): RowResult {
  const { direction, streams, samples, costs, loadCosts } = variant;
  const measured = samples.measured();
  const load = `The load generator took ${median(loadCosts).toFixed(2)} CPU s per GB, the median over all chains.`;
  const withCost = (series: Series): Series => {
    const cost = median(costs.get(series.name) ?? []);
    return cost > 0 ? { ...series, cpuSecondsPerGigabyte: cost } : series;
  };
  return {
    id: `bulk-${streams}-${direction}`,
    title: `Bulk, ${streams === 1 ? "1 stream" : `${streams} streams`} ${direction}`,
    unit: "MB/s",
    better: "more",
    series: measured.series.map(withCost),
    checks: checkAgainst(measured, bars),
    comparisons: compareWithPeers(measured, goal),
    notes: [...notes, ...measured.notes, load],
  };
}
