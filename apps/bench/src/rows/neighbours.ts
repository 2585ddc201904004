import { setTimeout as sleep } from "node:timers/promises";
import { startCulvert } from "../chains/culvert.js";
import { residentBytes } from "../process/usage.js";
import { atLeast, atMost, checkRatio, checkSeries } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import { subject } from "./bars.js";
import { entryOf, measureRounds, waitForQuiet } from "./measure.js";
import { relayFormula, relayLimitBytes } from "./memory-limits.js";
import type { Bench, Row } from "./row.js";
import { Samples, seriesOf } from "./samples.js";

const mebibyte = 2 ** 20;
const alone = "99 streams alone";
const beside = "99 streams beside one unread";
const relayGrowth = "relay node";

/** How often the relay's memory is looked at while streams run beside the unread one, in milliseconds. */
const lookMs = 50;

type Culvert = Awaited<ReturnType<typeof startCulvert>>;

/**
 * Downloads at full speed, with and without one more whose client never reads.
 * What that one is sent has to wait somewhere, and must cost the others neither speed nor the relay memory.
 */
export const neighboursRow: Row = {
  id: "neighbours",
  begin: (bench) => {
    const speed = new Samples([alone, beside]);
    const memory = new Samples([relayGrowth]);
    return {
      rounds: bench.settings.rounds,
      measure: (rounds) => measureSome(bench, rounds, speed, memory),
      results: () => [speedResult(bench, speed), memoryResult(memory)],
    };
  },
};

async function measureSome(
  bench: Bench,
  rounds: readonly number[],
  speed: Samples,
  memory: Samples,
): Promise<void> {
  bench.progress.say("neighbours of a stream that is never read");
  const chain = await startCulvert(bench.targets);
  try {
    // What fails here fails in the first round too, which takes note.
    await download(bench, chain, bench.settings.warmUpMs).catch(() => 0);
    await chain.nodes.relay.call("memory", undefined);
    const settled = residentBytes(chain.nodes.relay.pid);
    const subjects = [
      { name: alone, measure: () => download(bench, chain, bench.settings.neighboursMs) },
      {
        name: beside,
        measure: async () => {
          const { value, most } = await besideUnread(bench, chain);
          memory.add(relayGrowth, (most - settled) / mebibyte);
          return value;
        },
      },
    ];
    await measureRounds(subjects, rounds, speed);
  } finally {
    await chain.close();
  }
}

async function besideUnread(bench: Bench, chain: Culvert): Promise<{ value: number; most: number }> {
  const { pid } = chain.nodes.relay;
  let most = 0;
  const look = (): void => {
    most = Math.max(most, residentBytes(pid));
  };
  await bench.otherClient.call("holdUnread", { port: entryOf(chain), streams: 1 });
  const timer = setInterval(look, lookMs);
  try {
    // Its windows and queues shall be full before the others count.
    await sleep(bench.settings.fillMs);
    const value = await download(bench, chain, bench.settings.neighboursMs, 1);
    look();
    return { value, most };
  } finally {
    clearInterval(timer);
    await bench.otherClient.call("stop", undefined);
    await waitForQuiet(bench, subject);
  }
}

/** @param held streams that are open beside these and stay so */
async function download(bench: Bench, chain: Culvert, timeMs: number, held = 0): Promise<number> {
  const streams = bench.settings.unreadStreams - 1;
  const options = { port: entryOf(chain), streams, rampMs: bench.settings.neighboursRampMs, timeMs };
  const { bytes, seconds } = await bench.client.call("download", options);
  await waitForQuiet(bench, subject, held);
  if (bytes === 0) throw new Error("no byte arrived");
  return bytes / 1e6 / seconds;
}

function speedResult(bench: Bench, samples: Samples): RowResult {
  const measured = samples.measured();
  return {
    id: "neighbours",
    title: `${bench.settings.unreadStreams} streams, one of them never read`,
    unit: "MB/s",
    better: "more",
    series: measured.series,
    checks: [checkRatio(seriesOf(measured, beside), seriesOf(measured, alone), atLeast(0.9))],
    notes: measured.notes,
  };
}

function memoryResult(samples: Samples): RowResult {
  const measured = samples.measured();
  const bar = atMost(relayLimitBytes / mebibyte);
  return {
    id: "neighbours-memory",
    title: "Most memory meanwhile",
    unit: "MiB",
    better: "less",
    series: measured.series,
    checks: measured.series.map((series) => checkSeries(series, "MiB", bar)),
    notes: [relayFormula],
  };
}
