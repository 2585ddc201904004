import { setTimeout as sleep } from "node:timers/promises";
import { atMost, checkRatio } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import { compareWithPeers, subject } from "./bars.js";
import { entryOf, measureRounds, type NamedChain, RowChains, type Subject, waitForQuiet } from "./measure.js";
import { settle, warmUpRequests } from "./request-warm-up.js";
import type { Bench, Row } from "./row.js";
import { type Measured, Samples, seriesOf } from "./samples.js";

/** Requests of a round that do not count. Few, because beside a bulk stream a request can take tens of milliseconds. */
const uncounted = 5;
const idle = " idle";
const busy = " beside bulk";

/** Requests on one stream while a download saturates the same chain, beside the same requests on an idle chain. */
export const interactiveRow: Row = {
  id: "interactive",
  begin: (bench) => {
    const rowChains = new RowChains(bench);
    const samples = new Samples(rowChains.names.flatMap((name) => [`${name}${idle}`, `${name}${busy}`]));
    return {
      rounds: bench.settings.rounds,
      measure: (rounds) =>
        rowChains.run(async (chains) => {
          bench.progress.say("interactive p99 beside a bulk stream");
          await settle(chains, (chain) => warmUp(bench, chain));
          await measureRounds(subjectsOf(bench, chains), rounds, samples);
        }),
      results: () => [resultOf(samples.measured(), rowChains.notes)],
    };
  },
};

function subjectsOf(bench: Bench, chains: readonly NamedChain[]): Subject[] {
  return chains.flatMap((chain) => [
    { name: `${chain.name}${idle}`, measure: () => ask(bench, chain) },
    { name: `${chain.name}${busy}`, measure: () => besideBulk(bench, chain, () => ask(bench, chain)) },
  ]);
}

/** What is fast only once it is compiled shall be so idle as well: an idle p99 that is too high would hide a high one beside bulk. */
async function warmUp(bench: Bench, chain: NamedChain): Promise<void> {
  await warmUpRequests(bench, chain, 1);
  await besideBulk(bench, chain, () => warmUpRequests(bench, chain, 1));
}

async function ask(bench: Bench, chain: NamedChain): Promise<number> {
  const options = { port: entryOf(chain, 1), timeMs: bench.settings.interactiveMs, warmUp: uncounted };
  return (await bench.client.call("measureRequests", options)).p99;
}

async function besideBulk<T>(bench: Bench, chain: NamedChain, task: () => Promise<T>): Promise<T> {
  await bench.otherClient.call("startDownload", { port: entryOf(chain), streams: 1 });
  await sleep(bench.settings.rampMs);
  try {
    return await task();
  } finally {
    await bench.otherClient.call("stop", undefined);
    await waitForQuiet(bench, chain.name);
  }
}

function resultOf(measured: Measured, notes: readonly string[]): RowResult {
  const alone = seriesOf(measured, `${subject}${idle}`);
  const beside = seriesOf(measured, `${subject}${busy}`);
  return {
    id: "interactive",
    title: "Interactive p99 beside one bulk stream",
    unit: "µs",
    better: "less",
    series: measured.series,
    checks: alone.values.length === 0 ? [] : [checkRatio(beside, alone, atMost(5))],
    comparisons: compareWithPeers(measured, undefined, busy),
    notes: [...notes, ...measured.notes],
  };
}
