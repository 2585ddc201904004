import { setTimeout as sleep } from "node:timers/promises";
import { startCulvert } from "../chains/culvert.js";
import type { Role } from "../process/role.js";
import { startRole } from "../process/role.js";
import { atMost, checkValue } from "../report/check.js";
import type { Check, RowResult, Series } from "../report/results.js";
import { summarize } from "../report/statistics.js";
import type { CulvertNodeOperations } from "../roles/culvert-node.js";
import { entryOf, waitForQuiet } from "./measure.js";
import { endLimitBytes, relayLimitBytes, unreadFormula } from "./memory-limits.js";
import type { Bench, Row } from "./row.js";

type CulvertNode = Role<CulvertNodeOperations>;

const mebibyte = 2 ** 20;
const kibibyte = 2 ** 10;

/** Relays that one node registers: below the service's limit for one connection. */
const relaysPerNode = 200;

/** Bytes by which the memory of several processes grows while something is done to them. */
async function measureGrowth(nodes: readonly CulvertNode[], task: () => Promise<void>): Promise<number[]> {
  const before = await memoryOf(nodes);
  await task();
  const after = await memoryOf(nodes);
  return after.map((bytes, index) => bytes - (before[index] ?? 0));
}

function memoryOf(nodes: readonly CulvertNode[]): Promise<number[]> {
  return Promise.all(nodes.map((node) => node.call("memory", undefined)));
}

/** Downloads whose clients never read: what each node holds for them. */
export const unreadRow: Row = {
  id: "memory-unread",
  run: async (bench) => {
    const { unreadStreams: streams, unreadMs } = bench.settings;
    bench.progress.say(`memory: ${streams} streams that are never read`);
    const chain = await startCulvert(bench.targets);
    try {
      const { inlet, relay, outlet } = chain.nodes;
      await settle(bench, chain.entries);
      const growth = await measureGrowth([inlet, relay, outlet], async () => {
        await bench.client.call("holdUnread", { port: entryOf(chain), streams });
        await sleep(unreadMs);
      });
      const limits = [endLimitBytes(streams), relayLimitBytes, endLimitBytes(streams)];
      const checks = growth.map((bytes, index) =>
        checkValue(`${names[index]} node`, bytes / mebibyte, "MiB", atMost((limits[index] ?? 0) / mebibyte)),
      );
      return [
        memoryResult(
          "memory-unread",
          `Memory for ${streams} streams never read`,
          "MiB",
          checks,
          unreadFormula,
        ),
      ];
    } finally {
      await bench.client.call("stop", undefined);
      await chain.close();
    }
  },
};

/** Streams that are open and carry nothing: what each end holds for one. */
export const idlePortalsRow: Row = {
  id: "memory-portals",
  run: async (bench) => {
    const streams = bench.settings.idlePortals;
    bench.progress.say(`memory: ${streams} idle portals`);
    const chain = await startCulvert(bench.targets);
    try {
      const { inlet, relay, outlet } = chain.nodes;
      await settle(bench, chain.entries);
      const growth = await measureGrowth([inlet, relay, outlet], () =>
        bench.client.call("holdIdle", { port: entryOf(chain), streams }),
      );
      const checks = [0, 2].map((index) => perPiece(`${names[index]} node`, growth[index], streams, 30));
      const note = `The relay node grew by ${((growth[1] ?? 0) / mebibyte).toFixed(1)} MiB.`;
      return [memoryResult("memory-portals", `Memory per idle portal, of ${streams}`, "KiB", checks, note)];
    } finally {
      await bench.client.call("stop", undefined);
      await chain.close();
      await waitForQuiet(bench);
    }
  },
};

/** Relays that are registered and carry nothing: what the relay node holds for one. */
export const idleRelaysRow: Row = {
  id: "memory-relays",
  run: async (bench) => {
    const count = bench.settings.idleRelays;
    bench.progress.say(`memory: ${count} idle relays`);
    const relay = await startRole<CulvertNodeOperations>("culvert-node");
    const clients = await startRole<CulvertNodeOperations>("culvert-node");
    try {
      const port = await relay.call("startRelay", undefined);
      await clients.call("registerMany", { port, count: relaysPerNode, perNode: relaysPerNode });
      const growth = await measureGrowth([relay, clients], () =>
        clients.call("registerMany", { port, count, perNode: relaysPerNode }),
      );
      const checks = [perPiece("relay node", growth[0], count, 10)];
      const note = `The clients' own side takes ${((growth[1] ?? 0) / count / kibibyte).toFixed(1)} KiB per relay.`;
      return [memoryResult("memory-relays", `Memory per idle relay, of ${count}`, "KiB", checks, note)];
    } finally {
      await Promise.all([relay.close(), clients.close()]);
    }
  },
};

const names = ["inlet", "relay", "outlet"] as const;

/** Lets a fresh chain carry something first, so that compiled code and read buffers do not count as memory of streams. */
async function settle(bench: Bench, entries: readonly number[]): Promise<void> {
  const port = entries[0] ?? 0;
  await bench.client.call("measureExchanges", { port, timeMs: 500, parallel: 8 });
  await bench.client.call("download", { port, streams: 4, rampMs: 0, timeMs: 500 });
  await waitForQuiet(bench);
}

function perPiece(what: string, bytes = Number.NaN, pieces: number, barKibibytes: number): Check {
  return checkValue(what, bytes / pieces / kibibyte, "KiB", atMost(barKibibytes));
}

function memoryResult(
  id: string,
  title: string,
  unit: string,
  checks: readonly Check[],
  note: string,
): RowResult {
  const series = checks.map(({ what, value }): Series => ({ name: what, ...summarize([value]) }));
  return { id, title, unit, better: "less", series, checks, notes: [note] };
}
