import type { Received } from "../loads/receive-window.js";
import { cpuSeconds } from "../process/usage.js";
import { atLeast } from "../report/check.js";
import type { RowResult, Series } from "../report/results.js";
import { median } from "../report/statistics.js";
import { checkAgainst } from "./bars.js";
import { entryOf, measureInterleaved, type NamedChain, waitForQuiet, withChains } from "./measure.js";
import type { Bench, Row } from "./row.js";

type Direction = "up" | "down";

const variants: readonly { readonly direction: Direction; readonly streams: number }[] = [
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
  { direction, streams }: { readonly direction: Direction; readonly streams: number },
): Promise<RowResult> {
  const window = { rampMs: bench.settings.rampMs, timeMs: bench.settings.bulkMs };
  for (const chain of chains) await transfer(bench, chain, direction, streams, { ...window, timeMs: 100 });
  const costs = new Map<string, number[]>(chains.map(({ name }) => [name, []]));
  const subjects = chains.map((chain) => ({
    name: chain.name,
    measure: async () => {
      const { bytes, seconds, cpu } = await transfer(bench, chain, direction, streams, window);
      costs.get(chain.name)?.push(cpu / (bytes / 1e9));
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

/** One transfer: its rate at the receiver, and the CPU time the chain's own processes spent meanwhile. */
async function transfer(
  bench: Bench,
  chain: NamedChain,
  direction: Direction,
  streams: number,
  window: { readonly rampMs: number; readonly timeMs: number },
): Promise<Received & { readonly cpu: number }> {
  const load = { port: entryOf(chain), streams };
  const measure = async (): Promise<Received> => {
    if (direction === "down") return bench.client.call("download", { ...load, ...window });
    await bench.client.call("startUpload", load);
    return bench.server.call("countUploads", window);
  };
  const before = cpuSeconds(chain.pids);
  const received = await measure();
  const cpu = cpuSeconds(chain.pids) - before;
  await bench.client.call("stop", undefined);
  await waitForQuiet(bench);
  if (received.bytes === 0) throw new Error("no byte arrived");
  // CPU time is counted over the ramp too; the share that belongs to the window is an estimate good enough for a cost.
  return { ...received, cpu: cpu * (window.timeMs / (window.timeMs + window.rampMs)) };
}
