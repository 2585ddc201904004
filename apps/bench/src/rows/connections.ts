import { atLeast } from "../report/check.js";
import { checkAgainst } from "./bars.js";
import { entryOf, measureInterleaved, waitForQuiet, withChains } from "./measure.js";
import type { Row } from "./row.js";

/** Clients that open connections at the same time: enough to keep every process of a chain busy. */
const parallel = 8;

/** New connections per second: open, 1 KiB each way, close. */
export const connectionsRow: Row = {
  id: "connections",
  run: (bench) =>
    withChains(bench, bench.chains, async (chains, notes) => {
      bench.progress.say("new connections per second");
      const exchange = async (port: number, timeMs: number): Promise<number> => {
        const { perSecond, failed } = await bench.client.call("measureExchanges", { port, timeMs, parallel });
        await waitForQuiet(bench);
        if (failed > 0) throw new Error(`${failed} connections broke`);
        return perSecond;
      };
      for (const chain of chains) await exchange(entryOf(chain), 200).catch(() => undefined);
      const measured = await measureInterleaved(
        bench,
        chains.map((chain) => ({
          name: chain.name,
          measure: () => exchange(entryOf(chain), bench.settings.exchangeMs),
        })),
      );
      return [
        {
          id: "connections",
          title: "New connections, 1 KiB each way",
          unit: "per second",
          better: "more",
          series: measured.series,
          checks: checkAgainst(measured, { ssh: atLeast(1), pipes: atLeast(0.7) }),
          notes: [...notes, ...measured.notes],
        },
      ];
    }),
};
