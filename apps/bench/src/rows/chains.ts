import { setTimeout as sleep } from "node:timers/promises";
import type { RunningChain, Wire } from "../chains/chain.js";
import type { ReceiveWindow } from "../loads/wire.js";
import { startRole } from "../process/role.js";
import { cpuSeconds } from "../process/usage.js";
import { atLeast, atMost, ratioOf } from "../report/check.js";
import type { ProxyOperations } from "../roles/proxy.js";
import { type Bench, waitForQuiet } from "./bench.js";
import { seriesOf } from "./rounds.js";
import { chainRow, type Phase, type Row, subject } from "./row.js";

type Direction = "down" | "up";

/** Runs one bulk transfer. Gives MB/s, counted where it arrives, and the CPU seconds of the chain's own processes per GB. */
async function transfer(
  bench: Bench,
  chain: RunningChain,
  { direction, streams, ...window }: ReceiveWindow & { direction: Direction; streams: number },
): Promise<readonly [speed: number, cost: number]> {
  const load = { port: chain.entries[0] ?? 0, streams };
  const before = cpuSeconds(chain.pids);
  if (direction === "up") await bench.client.call("startUpload", load);
  const { bytes, seconds } =
    direction === "down"
      ? await bench.client.call("download", { ...load, ...window })
      : await bench.server.call("countUploads", window);
  const spent = cpuSeconds(chain.pids) - before;
  await bench.client.call("stop");
  await waitForQuiet(bench, chain.name);
  if (bytes === 0) throw new Error("no byte arrived");
  // The ramp costs CPU time too; the window's share is an estimate good enough for a cost.
  const share = window.timeMs / (window.timeMs + window.rampMs);
  return [bytes / 1e6 / seconds, (spent * share) / (bytes / 1e9)];
}

/** Bulk throughput, one stream and ten, both ways. Whoever carries bytes in JavaScript should not be slower than others in Go and Rust. */
const bulk: Row = chainRow({
  name: "bulk",
  phases: (bench) => {
    const { rampMs, bulkMs, warmUpMs } = bench.settings;
    const phase = (streams: number, direction: Direction): Phase => {
      const title = `Bulk, ${streams === 1 ? "1 stream" : `${streams} streams`} ${direction}`;
      const run = (timeMs: number) => (chain: RunningChain) =>
        transfer(bench, chain, { direction, streams, rampMs, timeMs });
      const bars = { pipes: atLeast(1.3), socat: atLeast(1), ssh: atLeast(3) };
      const id = `bulk-${streams}-${direction}`;
      return {
        what: title,
        warmUp: run(warmUpMs),
        steps: { "": run(bulkMs) },
        tables: [
          { id, title, unit: "MB/s", bars, goal: atLeast(1) },
          { id: `${id}-cpu`, title: `${title}, cost`, unit: "CPU s per GB", isAlone: true },
        ],
      };
    };
    return [phase(1, "down"), phase(1, "up"), phase(10, "down"), phase(10, "up")];
  },
});

/**
 * A path with a round trip of 50 ms and 100 MB/s each way.
 * A proxy cannot delay the acknowledgements of TCP, so an endless path would measure processors.
 * This width keeps them idle, and needs windows of 5 MB, twenty times a usual first one.
 */
const longPath = { delayMs: 25, bytesPerSecond: 100_000_000 };

async function overDelayLine(task: (wire: Wire) => Promise<void>): Promise<void> {
  const proxy = await startRole<ProxyOperations>("proxy");
  try {
    await task((target) => proxy.call("joinDelayed", { target, ...longPath }));
  } finally {
    await proxy.close();
  }
}

/** One stream over a long path, long enough for windows to open. */
const delayed: Row = chainRow({
  name: "delayed",
  rounds: ({ delayedRounds }) => delayedRounds,
  only: [subject, "ssh", "direct"],
  overWire: overDelayLine,
  phases: (bench) =>
    (["down", "up"] as const).map((direction) => {
      const { delayedRampMs: rampMs, delayedMs: timeMs } = bench.settings;
      const title = `Bulk over 50 ms round trip, 1 stream ${direction}`;
      const note = `The path carries ${longPath.bytesPerSecond / 1e6} MB/s each way.`;
      const bars = { direct: atLeast(0.95) };
      return {
        what: title,
        warmUp: async () => {},
        steps: { "": (chain) => transfer(bench, chain, { direction, streams: 1, rampMs, timeMs }) },
        tables: [{ id: `delayed-${direction}`, title, unit: "MB/s", bars, note }],
      };
    }),
});

/**
 * Many connections with requests after each other, each for a while.
 * V8 compiles for the first connection alone, and in part anew for each of the next ten or so, because their objects differ.
 */
async function warmUpRequests({ client, settings }: Bench, port = 0): Promise<void> {
  for (let connection = 0; connection < settings.requestWarmUps; connection++) {
    await client.call("measureRequests", { port, timeMs: settings.requestWarmUpMs, warmUp: 0 });
  }
}

/** Request and response of 100 bytes, one at a time. A fresh connection's first ones are not like the others, and do not count. */
const request: Row = chainRow({
  name: "request",
  warmsUpTwice: true,
  phases: (bench) => {
    const ask = async ({ name, entries: [port = 0] }: RunningChain): Promise<readonly number[]> => {
      const options = { port, timeMs: bench.settings.requestMs, warmUp: 100 };
      const { p50, p99 } = await bench.client.call("measureRequests", options);
      await waitForQuiet(bench, name);
      return [p50, p99];
    };
    const title = "Request/response of 100 B";
    const common = { unit: "µs", bars: { pipes: atMost(1.5) } };
    return [
      {
        what: title,
        warmUp: ({ entries }) => warmUpRequests(bench, entries[0]),
        steps: { "": ask },
        tables: (["p50", "p99"] as const).map((one) => ({
          ...{ id: `request-${one}`, title: `${title}, ${one}` },
          ...common,
        })),
      },
    ];
  },
});

/** New connections per second: open, 1 KiB each way, close; by eight clients at once, enough to keep every process of a chain busy. */
const connections: Row = chainRow({
  name: "connections",
  phases: (bench) => {
    const run =
      (timeMs: number) =>
      async ({ name, entries: [port = 0] }: RunningChain): Promise<readonly number[]> => {
        const options = { port, timeMs, parallel: 8 };
        const { perSecond, failed } = await bench.client.call("measureExchanges", options);
        await waitForQuiet(bench, name);
        if (failed > 0) throw new Error(`${failed} connections broke`);
        return [perSecond];
      };
    const title = "New connections, 1 KiB each way";
    const bars = { ssh: atLeast(1), pipes: atLeast(0.7) };
    const { exchangeMs, warmUpMs } = bench.settings;
    const tables = [{ id: "connections", title, unit: "per second", bars }];
    return [{ what: title, warmUp: run(warmUpMs), steps: { "": run(exchangeMs) }, tables }];
  },
});

const [idle, busy] = [" idle", " beside bulk"] as const;

/**
 * Requests on one stream while a download saturates the same chain, beside the same requests on an idle chain.
 * What is fast only once it is compiled shall be so idle as well: an idle p99 that is too high would hide a high one beside bulk.
 */
const interactive: Row = chainRow({
  name: "interactive",
  warmsUpTwice: true,
  phases: (bench) => {
    const besideBulk = async <T>(chain: RunningChain, task: () => Promise<T>): Promise<T> => {
      await bench.otherClient.call("startDownload", { port: chain.entries[0] ?? 0, streams: 1 });
      await sleep(bench.settings.rampMs);
      try {
        return await task();
      } finally {
        await bench.otherClient.call("stop");
        await waitForQuiet(bench, chain.name);
      }
    };
    const ask = async ({ entries: [, port = 0] }: RunningChain): Promise<readonly number[]> => {
      // Few are left out, because beside a bulk stream a request can take tens of milliseconds.
      const options = { port, timeMs: bench.settings.interactiveMs, warmUp: 5 };
      return [(await bench.client.call("measureRequests", options)).p99];
    };
    const title = "Interactive p99 beside one bulk stream";
    return [
      {
        what: title,
        warmUp: async (chain) => {
          await warmUpRequests(bench, chain.entries[1]);
          await besideBulk(chain, () => warmUpRequests(bench, chain.entries[1]));
        },
        steps: { [idle]: ask, [busy]: (chain) => besideBulk(chain, () => ask(chain)) },
        compared: busy,
        tables: [
          {
            ...{ id: "interactive", title, unit: "µs" },
            checks: (series) => {
              const [alone, beside] = [seriesOf(series, subject + idle), seriesOf(series, subject + busy)];
              return alone.values.length === 0 ? [] : [ratioOf(beside, alone, atMost(5))];
            },
          },
        ],
      },
    ];
  },
});

/** The rows that measure our chain beside others. */
export const chainRows: readonly Row[] = [bulk, delayed, request, connections, interactive];
