import { setTimeout as sleep } from "node:timers/promises";
import { atMost, checkRatio } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import { compareWithPeers, subject } from "./bars.js";
import { entryOf, inBlocks, measureRounds, type NamedChain, type Subject, waitForQuiet } from "./measure.js";
import type { Bench, Row } from "./row.js";
import { type Measured, Samples, seriesOf } from "./samples.js";

// Few, because beside a bulk stream a request can take tens of milliseconds.
const warmUp = 5;
const idle = " idle";
const busy = " beside bulk";

/** Requests on one stream while a download saturates the same chain, beside the same requests on an idle chain. */
export const interactiveRow: Row = {
  id: "interactive",
  run: async (bench) => {
    const samples = new Samples(bench.chains.flatMap(({ name }) => [`${name}${idle}`, `${name}${busy}`]));
    const notes = await inBlocks(bench, bench.chains, async (chains, rounds) => {
      bench.progress.say("interactive p99 beside a bulk stream");
      for (const chain of chains) await besideBulk(bench, chain, bench.settings.warmUpMs).catch(() => 0);
      await measureRounds(subjectsOf(bench, chains), rounds, samples);
    });
    return [resultOf(samples.measured(), notes)];
  },
};

function subjectsOf(bench: Bench, chains: readonly NamedChain[]): Subject[] {
  return chains.flatMap((chain) => [
    { name: `${chain.name}${idle}`, measure: () => ask(bench, chain) },
    { name: `${chain.name}${busy}`, measure: () => besideBulk(bench, chain, bench.settings.rampMs) },
  ]);
}

async function ask(bench: Bench, chain: NamedChain): Promise<number> {
  const options = { port: entryOf(chain, 1), timeMs: bench.settings.interactiveMs, warmUp };
  return (await bench.client.call("measureRequests", options)).p99;
}

async function besideBulk(bench: Bench, chain: NamedChain, rampMs: number): Promise<number> {
  await bench.otherClient.call("startDownload", { port: entryOf(chain), streams: 1 });
  await sleep(rampMs);
  try {
    return await ask(bench, chain);
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
