import { setTimeout as sleep } from "node:timers/promises";
import { type CulvertNode, runCulvert } from "../chains/culvert.js";
import { startRole } from "../process/role.js";
import { atMost, type Bar, medianOf } from "../report/check.js";
import type { CulvertNodeOperations } from "../roles/culvert-node.js";
import type { Settings } from "../settings.js";
import { type Bench, waitForQuiet } from "./bench.js";
import { Samples } from "./rounds.js";
import { type Row, subject, tableOf } from "./row.js";

const [kibibyte, mebibyte] = [2 ** 10, 2 ** 20];

/** How a memory row is made. It is measured in new processes each time. */
interface MemoryPlan {
  readonly id: string;
  readonly title: (settings: Settings) => string;
  /** What is measured, with its bar. Nodes beyond these grow unseen. */
  readonly nodes: readonly (readonly [name: string, bar: Bar])[];
  readonly unit: "KiB" | "MiB";
  /** The growth is told per piece. */
  readonly pieces: (settings: Settings) => number;
  readonly note?: string;
  /** By how much each node grew, in bytes. */
  readonly grow: (bench: Bench) => Promise<readonly number[]>;
}

function memoryRow({ id, title, nodes, unit, pieces, note, grow }: MemoryPlan): Row {
  return {
    name: id,
    begin: (bench) => {
      const { settings } = bench;
      const samples = new Samples(nodes.map(([name]) => name));
      const bytesPerUnit = (unit === "KiB" ? kibibyte : mebibyte) * pieces(settings);
      const measure = async (): Promise<void> => {
        bench.say(title(settings));
        const growth = await grow(bench);
        const subjects = nodes.map(([name], index) => ({
          name,
          measure: async () => [(growth[index] ?? Number.NaN) / bytesPerUnit],
        }));
        await samples.take(subjects, [0]);
      };
      return {
        rounds: settings.memoryRounds,
        measure: async (rounds) => {
          for (const _ of rounds) await measure();
        },
        tables: () => {
          const series = samples.series();
          const checks = series.map((one, index) => medianOf(one, unit, nodes[index]?.[1] ?? atMost(0)));
          const plan = { id, title: title(settings), unit, checks: () => checks, isAlone: true } as const;
          return [tableOf(plan, series, [...samples.notes, ...(note ? [note] : [])])];
        },
      };
    },
  };
}

/** By how much the memory of several processes grows while something is done to them, in bytes. */
async function growthOf(nodes: readonly CulvertNode[], task: () => Promise<unknown>): Promise<number[]> {
  const look = (): Promise<number[]> => Promise.all(nodes.map((node) => node.call("memory")));
  const before = await look();
  await task();
  return (await look()).map((bytes, index) => bytes - (before[index] ?? 0));
}

/** The same for our chain, whose client holds what it opens. It carries a little first, so that compiled code does not count. */
async function growthOfChain(bench: Bench, hold: (port: number) => Promise<unknown>): Promise<number[]> {
  const { chain, nodes } = await runCulvert(bench.targets);
  const [port = 0] = chain.entries;
  try {
    await bench.client.call("measureExchanges", { port, timeMs: 500, parallel: 8 });
    await waitForQuiet(bench, subject);
    return await growthOf(nodes, () => hold(port));
  } finally {
    await bench.client.call("stop");
    await chain.close();
    await waitForQuiet(bench, subject);
  }
}

/**
 * Most that a node may grow for streams that are never read, however many there are, in MiB.
 * An end: the budget of portals (`@x/portal-tcp`), what its connection queues (`@x/transport-tcp`), and read buffers and room that a
 * collector has not given back. A relay: its two connections, and the same.
 */
const [endBar, relayBar] = [atMost(256 + 16 + 32), atMost(2 * 16 + 32)];

/** Downloads whose clients never read: what each node holds for them. */
const unread = memoryRow({
  id: "memory-unread",
  title: ({ unreadStreams }) => `Memory for ${unreadStreams} streams never read`,
  nodes: [
    ["inlet node", endBar],
    ["relay node", relayBar],
    ["outlet node", endBar],
  ],
  unit: "MiB",
  pieces: () => 1,
  note:
    "Bar of an end, however many streams: 256 MiB, the budget of portals, + 16 MiB for its connection + 32 MiB. " +
    "Bar of a relay node: 2 × 16 MiB for its two connections + 32 MiB.",
  grow: (bench) =>
    growthOfChain(bench, async (port) => {
      await bench.client.call("holdUnread", { port, streams: bench.settings.unreadStreams });
      await sleep(bench.settings.unreadMs);
    }),
});

/** Relays that one node registers: below the service's limit for one connection. */
const perNode = 200;

/** Relays that are registered and carry nothing: what the relay node holds for one. */
const relays = memoryRow({
  id: "memory-relays",
  title: ({ idleRelays }) => `Memory per idle relay, of ${idleRelays}`,
  nodes: [["relay node", atMost(10)]],
  unit: "KiB",
  pieces: ({ idleRelays }) => idleRelays,
  grow: async ({ settings: { idleRelays: count } }) => {
    const relay = await startRole<CulvertNodeOperations>("culvert-node");
    const clients = await startRole<CulvertNodeOperations>("culvert-node");
    try {
      const port = await relay.call("startRelay");
      await clients.call("registerMany", { port, count: perNode, perNode });
      return await growthOf([relay, clients], () => clients.call("registerMany", { port, count, perNode }));
    } finally {
      await Promise.all([relay.close(), clients.close()]);
    }
  },
});

/** Streams that are open and carry nothing: what each end holds for one. */
const portals = memoryRow({
  id: "memory-portals",
  title: ({ idlePortals }) => `Memory per idle portal, of ${idlePortals}`,
  nodes: [
    ["inlet node", atMost(30)],
    ["relay node", atMost(30)],
    ["outlet node", atMost(30)],
  ],
  unit: "KiB",
  pieces: ({ idlePortals }) => idlePortals,
  grow: (bench) =>
    growthOfChain(bench, (port) =>
      bench.client.call("holdIdle", { port, streams: bench.settings.idlePortals }),
    ),
});

/** What processes hold for streams and relays that nothing happens on. */
export const memoryRows: readonly Row[] = [unread, relays, portals];
