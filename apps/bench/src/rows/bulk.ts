import { atLeast } from "../report/check.js";
import type { RowResult, Series } from "../report/results.js";
import { median } from "../report/statistics.js";
import { checkAgainst } from "./bars.js";
import { measureInterleaved, type NamedChain, withChains } from "./measure.js";
import type { Bench, Row } from "./row.js";
import { type TransferOptions, transfer } from "./transfer.js";

const variants: readonly { readonly direction: "up" | "down"; readonly streams: number }[] = [
  { direction: "down", streams: 1 },
  { direction: "up", streams: 1 },
  { direction: "down", streams: 10 },
  { direction: "up", streams: 10 },
];

const bars = { pipes: atLeast(1.3), socat: atLeast(1), ssh: atLeast(3) };

/** Bulk throughput, one stream and ten, both ways. */
export const bulkRow: Row = {
  id: "bulk",
  run: async (bench) => {
    const rows: RowResult[] = [];
    for (const variant of variants) {
      bench.progress.say(`bulk: ${variant.streams} stream(s) ${variant.direction}`);
      rows.push(
        await withChains(bench, bench.chains, (chains, notes) =>
          measureVariant(bench, chains, notes, variant),
        ),
      );
    }
    return rows;
  },
};

async function measureVariant(
  bench: Bench,
  chains: readonly NamedChain[],
  notes: readonly string[],
  { direction, streams }: { readonly direction: "up" | "down"; readonly streams: number },
): Promise<RowResult> {
  const window = { rampMs: bench.settings.rampMs, timeMs: bench.settings.bulkMs };
  for (const chain of chains) await warmUp(bench, chain, { direction, streams, ...window });
  const costs = new Map<string, number[]>(chains.map(({ name }) => [name, []]));
  const subjects = chains.map((chain) => ({
    name: chain.name,
    measure: async () => {
      const { bytes, seconds, cpuSeconds } = await transfer(bench, chain, { direction, streams, ...window });
      costs.get(chain.name)?.push(cpuSeconds / (bytes / 1e9));
      return bytes / 1e6 / seconds;
    },
  }));
  const measured = await measureInterleaved(bench, subjects);
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
    notes: [...notes, ...measured.notes],
  };
}

/** Lets compilers and windows settle. What fails here fails in the first round too, which takes note. */
async function warmUp(bench: Bench, chain: NamedChain, options: TransferOptions): Promise<void> {
  await transfer(bench, chain, { ...options, timeMs: bench.settings.warmUpMs }).catch(() => undefined);
}
