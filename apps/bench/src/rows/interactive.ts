import { atMost, checkRatio } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import { subject } from "./bars.js";
import {
  entryOf,
  measureInterleaved,
  type NamedChain,
  type Subject,
  seriesOf,
  waitForQuiet,
  withChains,
} from "./measure.js";
import type { Bench, Row } from "./row.js";

// Few, because beside a bulk stream a request can take tens of milliseconds.
const warmUp = 5;
const rampMs = 500;

/** Requests on one stream while a download saturates the same chain, beside the same requests on an idle chain. */
export const interactiveRow: Row = {
  id: "interactive",
  run: (bench) =>
    withChains(bench, bench.chains, (chains, notes) => measureInteractive(bench, chains, notes)),
};

async function measureInteractive(
  bench: Bench,
  chains: readonly NamedChain[],
  notes: readonly string[],
): Promise<readonly RowResult[]> {
  bench.progress.say("interactive p99 beside a bulk stream");
  const ask = async (chain: NamedChain): Promise<number> => {
    const timeMs = bench.settings.requestMs;
    return (await bench.client.call("measureRequests", { port: entryOf(chain, 1), timeMs, warmUp })).p99;
  };
  const besideBulk = async (chain: NamedChain): Promise<number> => {
    await bench.otherClient.call("startDownload", { port: entryOf(chain), streams: 1 });
    await new Promise((resolve) => setTimeout(resolve, rampMs));
    try {
      return await ask(chain);
    } finally {
      await bench.otherClient.call("stop", undefined);
      await waitForQuiet(bench);
    }
  };
  const subjects = chains.flatMap((chain): Subject[] => [
    { name: `${chain.name} idle`, measure: () => ask(chain) },
    { name: `${chain.name} beside bulk`, measure: () => besideBulk(chain) },
  ]);
  const measured = await measureInterleaved(bench, subjects);
  const idle = seriesOf(measured, `${subject} idle`);
  const checks =
    idle.values.length === 0
      ? []
      : [checkRatio(seriesOf(measured, `${subject} beside bulk`), idle, atMost(5))];
  return [
    {
      id: "interactive",
      title: "Interactive p99 beside one bulk stream",
      unit: "µs",
      better: "less",
      series: measured.series,
      checks,
      notes: [...notes, ...measured.notes],
    },
  ];
}
