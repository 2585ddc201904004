import { setTimeout as sleep } from "node:timers/promises";
import { startCulvert } from "../chains/culvert.js";
import type { Role } from "../process/role.js";
import { startRole } from "../process/role.js";
import { atMost, checkValue } from "../report/check.js";
import type { Check, RowResult, Series } from "../report/results.js";
import { summarize } from "../report/statistics.js";
import type { CulvertNodeOperations, MemoryUse } from "../roles/culvert-node.js";
import { entryOf, waitForQuiet } from "./measure.js";
import { endLimitBytes, relayLimitBytes, unreadFormula } from "./memory-limits.js";
import type { Bench, Row } from "./row.js";

type CulvertNode = Role<CulvertNodeOperations>;

const mebibyte = 2 ** 20;
const kibibyte = 2 ** 10;

/** Relays that one node registers: below the service's limit for one connection. */
const relaysPerNode = 200;

/** By how much the memory of several processes grows while something is done to them. */
async function measureGrowth(
  nodes: readonly CulvertNode[],
  task: () => Promise<void>,
): Promise<readonly MemoryUse[]> {
  const before = await memoryOf(nodes);
  await task();
  const after = await memoryOf(nodes);
  return after.map(({ residentBytes, heldBytes }, index) => ({
    residentBytes: residentBytes - (before[index]?.residentBytes ?? 0),
    heldBytes: heldBytes - (before[index]?.heldBytes ?? 0),
  }));
}

function memoryOf(nodes: readonly CulvertNode[]): Promise<readonly MemoryUse[]> {
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
      const limits = [endLimitBytes, relayLimitBytes, endLimitBytes];
      const checks = growth.map(({ residentBytes }, index) =>
        checkValue(
          `${names[index]} node`,
          residentBytes / mebibyte,
          "MiB",
          atMost((limits[index] ?? 0) / mebibyte),
        ),
      );
      const held = growth
        .map(({ heldBytes }, index) => `${names[index]} ${inMebibytes(heldBytes)}`)
        .join(", ");
      const note = `Of it are objects and buffers: ${held}. ${unreadFormula}`;
      return [memoryResult("memory-unread", `Memory for ${streams} streams never read`, "MiB", checks, note)];
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
      const checks = [0, 2].map((index) =>
        perPiece(`${names[index]} node`, growth[index]?.residentBytes, streams, 30),
      );
      const note = `The relay node grew by ${inMebibytes(growth[1]?.residentBytes)}.`;
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
      const checks = [perPiece("relay node", growth[0]?.residentBytes, count, 10)];
      const note = `The clients' own side takes ${((growth[1]?.residentBytes ?? 0) / count / kibibyte).toFixed(1)} KiB per relay.`;
      return [memoryResult("memory-relays", `Memory per idle relay, of ${count}`, "KiB", checks, note)];
    } finally {
      await Promise.all([relay.close(), clients.close()]);
    }
  },
};

const names = ["inlet", "relay", "outlet"] as const;

/** Lets a fresh chain carry a little first, so that compiled code does not count as memory of streams. */
async function settle(bench: Bench, entries: readonly number[]): Promise<void> {
  await bench.client.call("measureExchanges", { port: entries[0] ?? 0, timeMs: 500, parallel: 8 });
  await waitForQuiet(bench);
}

function inMebibytes(bytes = Number.NaN): string {
  return `${(bytes / mebibyte).toFixed(1)} MiB`;
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
