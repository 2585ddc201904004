import { atLeast } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import { checkAgainst, compareWithPeers } from "./bars.js";
import { entryOf, measureRounds, type NamedChain, RowChains, waitForQuiet } from "./measure.js";
import type { Bench, Row } from "./row.js";
import { type Measured, Samples } from "./samples.js";

/** Clients that open connections at the same time: enough to keep every process of a chain busy. */
const parallel = 8;

/** New connections per second: open, 1 KiB each way, close. */
export const connectionsRow: Row = {
  id: "connections",
  begin: (bench) => {
    const { rounds, exchangeMs, warmUpMs } = bench.settings;
    const rowChains = new RowChains(bench);
    const samples = new Samples(rowChains.names);
    return {
      rounds,
      measure: (some) =>
        rowChains.run(async (chains) => {
          bench.progress.say("new connections per second");
          for (const chain of chains) await exchange(bench, chain, warmUpMs).catch(() => undefined);
          const subjects = chains.map((chain) => ({
            name: chain.name,
            measure: () => exchange(bench, chain, exchangeMs),
          }));
          await measureRounds(subjects, some, samples);
        }),
      results: () => [resultOf(samples.measured(), rowChains.notes)],
    };
  },
};

function resultOf(measured: Measured, notes: readonly string[]): RowResult {
  return {
    id: "connections",
    title: "New connections, 1 KiB each way",
    unit: "per second",
    better: "more",
    series: measured.series,
    checks: checkAgainst(measured, { ssh: atLeast(1), pipes: atLeast(0.7) }),
    comparisons: compareWithPeers(measured),
    notes: [...notes, ...measured.notes],
  };
}

async function exchange(bench: Bench, chain: NamedChain, timeMs: number): Promise<number> {
  const options = { port: entryOf(chain), timeMs, parallel };
  const { perSecond, failed } = await bench.client.call("measureExchanges", options);
  await waitForQuiet(bench, chain.name);
  if (failed > 0) throw new Error(`${failed} connections broke`);
  return perSecond;
}
