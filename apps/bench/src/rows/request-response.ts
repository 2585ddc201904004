import { atMost } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import { checkAgainst, compareWithPeers } from "./bars.js";
import { entryOf, measureRounds, type NamedChain, RowChains, type Subject, waitForQuiet } from "./measure.js";
import { settle, warmUpRequests } from "./request-warm-up.js";
import type { Bench, Row } from "./row.js";
import { type Measured, Samples } from "./samples.js";

/** Most requests of a round that do not count: a fresh connection's first ones are not like the others. */
const warmUp = 100;

/** Request and response of 100 bytes, one at a time. */
export const requestResponseRow: Row = {
  id: "request",
  begin: (bench) => {
    const rowChains = new RowChains(bench);
    const [middle, high] = [new Samples(rowChains.names), new Samples(rowChains.names)];
    return {
      rounds: bench.settings.rounds,
      measure: (rounds) =>
        rowChains.run(async (chains) => {
          bench.progress.say("request/response of 100 bytes");
          await settle(chains, (chain) => warmUpRequests(bench, chain));
          await measureRounds(subjectsOf(bench, chains, high), rounds, middle);
        }),
      results: () => [rowOf("p50", middle.measured(), rowChains.notes), rowOf("p99", high.measured(), [])],
    };
  },
};

function subjectsOf(bench: Bench, chains: readonly NamedChain[], high: Samples): Subject[] {
  return chains.map((chain) => ({
    name: chain.name,
    measure: async () => {
      const options = { port: entryOf(chain), timeMs: bench.settings.requestMs, warmUp };
      const { p50, p99 } = await bench.client.call("measureRequests", options);
      await waitForQuiet(bench, chain.name);
      high.add(chain.name, p99);
      return p50;
    },
  }));
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
