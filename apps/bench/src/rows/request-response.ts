import type { Latencies } from "../loads/request-response.js";
import { atMost } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import { checkAgainst, compareWithPeers } from "./bars.js";
import { entryOf, inBlocks, measureRounds, type NamedChain, waitForQuiet } from "./measure.js";
import type { Bench, Row } from "./row.js";
import { type Measured, Samples } from "./samples.js";

/** Most requests of a round that do not count: a fresh connection's first ones are not like the others. */
const warmUp = 100;

/** Request and response of 100 bytes, one at a time. */
export const requestResponseRow: Row = {
  id: "request",
  run: async (bench) => {
    const { requestMs, requestWarmUpMs } = bench.settings;
    const names = bench.chains.map(({ name }) => name);
    const [middle, high] = [new Samples(names), new Samples(names)];
    const notes = await inBlocks(bench, bench.chains, async (chains, rounds) => {
      bench.progress.say("request/response of 100 bytes");
      for (const chain of chains) await ask(bench, chain, requestWarmUpMs).catch(() => undefined);
      const subjects = chains.map((chain) => ({
        name: chain.name,
        measure: async () => {
          const { p50, p99 } = await ask(bench, chain, requestMs);
          high.add(chain.name, p99);
          return p50;
        },
      }));
      await measureRounds(subjects, rounds, middle);
    });
    return [rowOf("p50", middle.measured(), notes), rowOf("p99", high.measured(), [])];
  },
};

async function ask(bench: Bench, chain: NamedChain, timeMs: number): Promise<Latencies> {
  const times = await bench.client.call("measureRequests", { port: entryOf(chain), timeMs, warmUp });
  await waitForQuiet(bench, chain.name);
  return times;
}

function rowOf(what: "p50" | "p99", measured: Measured, notes: readonly string[]): RowResult {
  return {
    id: `request-${what}`,
    title: `Request/response of 100 B, ${what}`,
    unit: "µs",
    better: "less",
    series: measured.series,
    checks: checkAgainst(measured, { pipes: atMost(1.5) }),
    comparisons: compareWithPeers(measured),
    notes: [...notes, ...measured.notes],
  };
}
