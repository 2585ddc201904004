import { setTimeout as sleep } from "node:timers/promises";
import { type Chain, type RunningChain, runChain, type Wire } from "../chains/chain.js";
import { tunnelChains } from "../chains/proxies.js";
import type { ReceiveWindow } from "../loads/wire.js";
import { type Closable, closeAll } from "../process/command.js";
import { startRole } from "../process/role.js";
import { cpuSeconds, residentBytes } from "../process/usage.js";
import { atLeast, atMost } from "../report/figures.js";
import type { ProxyOperations } from "../roles/proxy.js";
import type { Bench } from "./bench.js";
import { type Row, type Subject, sealed, subject, type TablePlan, twoProcesses } from "./row.js";

/** Does something with a running chain. */
type Step<T = readonly number[]> = (bench: Bench, chain: RunningChain) => Promise<T>;

/** How a row over chains is made. */
interface ChainRowPlan extends Pick<Row, "name" | "tables" | "rounds" | "warmUps"> {
  /** The chains that take part, by name. Default: all. */
  readonly only?: readonly string[];
  /** A path in front of ports. Default: none. */
  readonly wire?: (opened: Closable[]) => Promise<Wire>;
  readonly warmUp?: Step<unknown>;
  /** What is measured of each chain, by what follows the chain's name in the tables. */
  readonly steps: Readonly<Record<string, Step>>;
}

function chainRow({ only, wire, warmUp, steps, ...row }: ChainRowPlan): Row {
  const subjectsOf = async (
    bench: Bench,
    opened: Closable[],
    chain: Chain,
    path?: Wire,
  ): Promise<Subject[]> => {
    // A chain that does not start fails in the first round, which takes note.
    const starting = runChain(chain, bench.targets, opened, path);
    const running = await starting.catch(() => undefined);
    return Object.entries(steps).map(([suffix, step], index) => ({
      name: `${chain.name}${suffix}`,
      measure: async () => step(bench, running ?? (await starting)),
      ...(running && warmUp && index === 0 && { warmUp: () => warmUp(bench, running) }),
    }));
  };
  return {
    ...row,
    open: async (bench, opened) => {
      const chains = bench.chains.filter(({ name }) => only === undefined || only.includes(name));
      const path = await wire?.(opened);
      const subjects: Subject[] = [];
      for (const chain of chains) subjects.push(...(await subjectsOf(bench, opened, chain, path)));
      return subjects;
    },
  };
}

type Direction = "down" | "up";

/** One bulk transfer. Gives MB/s, counted where it arrives, and the CPU seconds of the chain's own processes per GB. */
function bulk(direction: Direction, streams: number, windowOf: (bench: Bench) => ReceiveWindow): Step {
  return async (bench, { port, pids, name }) => {
    const load = { port, streams };
    const window = windowOf(bench);
    const before = cpuSeconds(pids);
    if (direction === "up") await bench.client.call("startUpload", load);
    const { bytes, seconds } =
      direction === "down"
        ? await bench.client.call("download", { ...load, ...window })
        : await bench.server.call("countUploads", window);
    const spent = cpuSeconds(pids) - before;
    await bench.client.call("stop");
    await bench.waitForQuiet(name);
    if (bytes === 0) throw new Error("no byte arrived");
    // The ramp costs CPU time too; the window's share is an estimate good enough for a cost.
    const share = window.timeMs / (window.timeMs + window.rampMs);
    return [bytes / 1e6 / seconds, (spent * share) / (bytes / 1e9)];
  };
}

/** Bulk throughput. Whoever carries bytes in JavaScript should not be slower than others in Go and Rust. */
function bulkRow(streams: number, direction: Direction): Row {
  const title = `Bulk, ${streams === 1 ? "1 stream" : `${streams} streams`} ${direction}`;
  const id = `bulk-${streams}-${direction}`;
  // What is sealed shall carry 0.6 of what is not, at least.
  const bars = { pipes: atLeast(1.3), socat: atLeast(1), ssh: atLeast(3), [sealed]: atMost(1 / 0.6) };
  const window =
    (time: "bulkMs" | "warmUpMs") =>
    ({ settings }: Bench) => ({
      ...{ rampMs: settings.rampMs, timeMs: settings[time] },
    });
  return chainRow({
    name: id,
    tables: [
      { id, title, unit: "MB/s", bars, goal: atLeast(1) },
      { id: `${id}-cpu`, title: `${title}, cost`, unit: "CPU s per GB", isAlone: true },
    ],
    warmUp: bulk(direction, streams, window("warmUpMs")),
    steps: { "": bulk(direction, streams, window("bulkMs")) },
  });
}

/**
 * A path with a round trip of 50 ms and 100 MB/s each way.
 * A proxy cannot delay the acknowledgements of TCP, so an endless path would measure processors.
 * This width keeps them idle, and needs windows of 5 MB, twenty times a usual first one.
 */
const longPath = { delayMs: 25, bytesPerSecond: 100_000_000 };

/** One stream over a long path, long enough for windows to open. */
function delayedRow(direction: Direction): Row {
  const id = `delayed-${direction}`;
  const title = `Bulk over 50 ms round trip, 1 stream ${direction}`;
  const note = `The path carries ${longPath.bytesPerSecond / 1e6} MB/s each way.`;
  const window = ({ settings }: Bench) => ({ rampMs: settings.delayedRampMs, timeMs: settings.delayedMs });
  return chainRow({
    name: id,
    rounds: "delayedRounds",
    only: [subject, "ssh", "direct"],
    wire: async (opened) => {
      const proxy = await startRole<ProxyOperations>(opened, "proxy");
      return (target) => proxy.call("joinDelayed", { target, ...longPath });
    },
    tables: [{ id, title, unit: "MB/s", bars: { direct: atLeast(0.95) }, note, isAlone: true }],
    warmUp: bulk(direction, 1, window),
    steps: { "": bulk(direction, 1, window) },
  });
}

/**
 * Many connections with requests after each other, each for a while.
 * V8 compiles for the first connection alone, and in part anew for each of the next ten or so, because their objects differ.
 */
async function warmUpRequests({ client, settings }: Bench, port = 0): Promise<void> {
  for (let connection = 0; connection < settings.requestWarmUps; connection++)
    await client.call("measureRequests", { port, timeMs: settings.requestWarmUpMs, warmUp: 0 });
}

const requestTable = (one: "p50" | "p99"): TablePlan => ({
  ...{ id: `request-${one}`, title: `Request/response of 100 B, ${one}` },
  // A sealed request may take 1.3 times as long.
  ...{ unit: "µs", bars: { pipes: atMost(1.5), ...(one === "p50" && { [sealed]: atLeast(1 / 1.3) }) } },
});

/** Request and response of 100 bytes, one at a time. A fresh connection's first ones are not like the others, and do not count. */
const request = chainRow({
  name: "request",
  warmUps: 2,
  tables: [requestTable("p50"), requestTable("p99")],
  warmUp: (bench, { port }) => warmUpRequests(bench, port),
  steps: {
    "": async (bench, { port, name }) => {
      const options = { port, timeMs: bench.settings.requestMs, warmUp: 100 };
      const { p50, p99 } = await bench.client.call("measureRequests", options);
      await bench.waitForQuiet(name);
      return [p50, p99];
    },
  },
});

/** Opens connections by eight clients at once, enough to keep every process of a chain busy. */
const exchanges =
  (time: "exchangeMs" | "warmUpMs"): Step =>
  async (bench, { port, name }) => {
    const options = { port, timeMs: bench.settings[time], parallel: 8 };
    const { perSecond, failed } = await bench.client.call("measureExchanges", options);
    await bench.waitForQuiet(name);
    if (failed > 0) throw new Error(`${failed} connections broke`);
    return [perSecond];
  };

/** New connections per second: open, 1 KiB each way, close. */
const connections = chainRow({
  name: "connections",
  tables: [
    {
      ...{ id: "connections", title: "New connections, 1 KiB each way", unit: "per second" },
      bars: { ssh: atLeast(1), pipes: atLeast(0.7) },
    },
  ],
  warmUp: exchanges("warmUpMs"),
  steps: { "": exchanges("exchangeMs") },
});

const [idle, busy] = [" idle", " beside bulk"] as const;

/** Does something while a download saturates the chain. */
const besideBulk =
  <T>(step: Step<T>): Step<T> =>
  async (bench, chain) => {
    await bench.otherClient.call("startDownload", { port: chain.port, streams: 1 });
    await sleep(bench.settings.rampMs);
    try {
      return await step(bench, chain);
    } finally {
      await bench.otherClient.call("stop");
      await bench.waitForQuiet(chain.name);
    }
  };

const askBeside: Step = async (bench, { entries }) => {
  // Few are left out, because beside a bulk stream a request can take tens of milliseconds.
  const options = { port: entries[1] ?? 0, timeMs: bench.settings.interactiveMs, warmUp: 5 };
  return [(await bench.client.call("measureRequests", options)).p99];
};

const warmUpBeside: Step<void> = (bench, { entries }) => warmUpRequests(bench, entries[1]);

/**
 * Requests on one stream while a download saturates the same chain, beside the same requests on an idle chain.
 * What is fast only once it is compiled shall be so idle as well: an idle p99 that is too high would hide a high one beside bulk.
 */
const interactive = chainRow({
  name: "interactive",
  warmUps: 2,
  tables: [
    {
      ...{ id: "interactive", title: "Interactive p99 beside one bulk stream", unit: "µs" },
      ...{ bars: { [subject + idle]: atMost(5) }, suffix: busy },
    },
  ],
  warmUp: async (bench, chain) => {
    await warmUpBeside(bench, chain);
    await besideBulk(warmUpBeside)(bench, chain);
  },
  steps: { [idle]: askBeside, [busy]: besideBulk(askBeside) },
});

/** How a memory row is made. Each measurement has new processes, which carry a little first, so that compiled code does not count. */
interface MemoryPlan {
  readonly id: string;
  readonly title: string;
  readonly unit: "KiB" | "MiB";
  /** Bars of the first process of the chain, of the one in the middle, and of the last. */
  readonly bars: readonly [number, number, number];
  readonly only: readonly string[];
  readonly note?: string;
  readonly pieces?: (bench: Bench) => number;
  readonly hold: Step<unknown>;
}

function memoryRow({ id, title, unit, bars, only, note, pieces, hold }: MemoryPlan): Row {
  const memoryOf = async ({ pids, collectGarbage }: RunningChain): Promise<number[]> => {
    await collectGarbage?.();
    return pids.map(residentBytes);
  };
  const grow = async (bench: Bench, chain: Chain): Promise<readonly number[]> => {
    const opened: Closable[] = [];
    try {
      const running = await runChain(chain, bench.targets, opened);
      await bench.client.call("measureExchanges", { port: running.port, timeMs: 500, parallel: 8 });
      await bench.waitForQuiet(chain.name);
      const before = await memoryOf(running);
      await hold(bench, running);
      const perUnit = (unit === "KiB" ? 2 ** 10 : 2 ** 20) * (pieces?.(bench) ?? 1);
      const growth = (await memoryOf(running)).map(
        (bytes, index) => (bytes - (before[index] ?? 0)) / perUnit,
      );
      return [growth[0], growth.length > 2 ? growth[1] : Number.NaN, growth.at(-1)].map((one) => one ?? NaN);
    } finally {
      await bench.client.call("stop");
      await closeAll(opened);
      await bench.waitForQuiet(chain.name);
    }
  };
  const tables = ["first", "middle", "last"].map((which, index) => ({
    ...{ id: `${id}-${which}`, title: `${title}, ${which} process`, unit, limit: atMost(bars[index] ?? 0) },
    ...(note === undefined ? {} : { note }),
  }));
  const open: Row["open"] = async (bench) =>
    bench.chains
      .filter(({ name }) => only.includes(name))
      .map((chain) => ({ name: chain.name, measure: () => grow(bench, chain) }));
  return { name: id, tables, rounds: "memoryRounds", open };
}

/** Downloads whose clients never read: what each process holds for them. */
const unread = memoryRow({
  id: "memory-unread",
  title: "Memory for streams never read",
  unit: "MiB",
  bars: [256 + 16 + 32, 2 * 16 + 32, 256 + 16 + 32],
  note:
    "Bar of an end, however many streams: 256 MiB, the budget of portals, + 16 MiB for its connection + 32 MiB of buffers " +
    "that a collector has not given back. Bar of a relay: 2 × 16 MiB for its two connections + 32 MiB.",
  only: [subject],
  hold: async ({ client, settings }, { port }) => {
    await client.call("holdUnread", { port, streams: settings.unreadStreams });
    await sleep(settings.unreadMs);
  },
});

/** Streams that are open and carry nothing: what each process holds for one. */
const portals = memoryRow({
  id: "memory-portals",
  title: "Memory per idle portal",
  unit: "KiB",
  bars: [30, 30, 30],
  // Not socat, which starts three processes for each.
  only: [subject, twoProcesses, "pipes", "ssh", ...tunnelChains.map(({ name }) => name)],
  pieces: ({ settings }) => settings.idlePortals,
  hold: ({ client, settings }, { port }) => client.call("holdIdle", { port, streams: settings.idlePortals }),
});

/** The rows that measure our chain beside others. */
export const chainRows: readonly Row[] = [
  ...[bulkRow(1, "down"), bulkRow(1, "up"), bulkRow(10, "down"), bulkRow(10, "up")],
  ...[delayedRow("down"), delayedRow("up"), request, connections, interactive, unread, portals],
];
