import { atMost } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import { summarize } from "../report/statistics.js";
import { checkAgainst } from "./bars.js";
import { entryOf, type Measured, measureInterleaved, waitForQuiet, withChains } from "./measure.js";
import type { Row } from "./row.js";

const warmUp = 500;

/** Request and response of 100 bytes, one at a time. */
export const requestResponseRow: Row = {
  id: "request",
  run: (bench) =>
    withChains(bench, bench.chains, async (chains, notes) => {
      bench.progress.say("request/response of 100 bytes");
      const p99 = new Map<string, number[]>(chains.map(({ name }) => [name, []]));
      const ask = async (port: number, timeMs: number): Promise<{ p50: number; p99: number }> => {
        const times = await bench.client.call("measureRequests", { port, timeMs, warmUp });
        await waitForQuiet(bench);
        return times;
      };
      for (const chain of chains) await ask(entryOf(chain), 300).catch(() => undefined);
      const measured = await measureInterleaved(
        bench,
        chains.map((chain) => ({
          name: chain.name,
          measure: async () => {
            const times = await ask(entryOf(chain), bench.settings.requestMs);
            p99.get(chain.name)?.push(times.p99);
            return times.p50;
          },
        })),
      );
      const high = chains.map(({ name }) => ({ name, ...summarize(p99.get(name) ?? []) }));
      return [rowOf("p50", measured, notes), rowOf("p99", { series: high, notes: [] }, [])];
    }),
};

function rowOf(what: "p50" | "p99", measured: Measured, notes: readonly string[]): RowResult {
  return {
    id: `request-${what}`,
    title: `Request/response of 100 B, ${what}`,
    unit: "µs",
    better: "less",
    series: measured.series,
    checks: checkAgainst(measured, { pipes: atMost(1.5) }),
    notes: [...notes, ...measured.notes],
  };
}
