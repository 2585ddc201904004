import { setTimeout as sleep } from "node:timers/promises";
import { startCulvert } from "../chains/culvert.js";
import { startRole } from "../process/role.js";
import { atMost, type Bar, checkSeries } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import type { CulvertNodeOperations, MemoryUse } from "../roles/culvert-node.js";
import { subject } from "./bars.js";
import { entryOf, waitForQuiet } from "./measure.js";
import { measureGrowth } from "./memory-growth.js";
import { endLimitBytes, relayLimitBytes, unreadFormula } from "./memory-limits.js";
import type { Bench, Row } from "./row.js";
import { Samples } from "./samples.js";

const mebibyte = 2 ** 20;
const kibibyte = 2 ** 10;

/** Relays that one node registers: below the service's limit for one connection. */
const relaysPerNode = 200;

/** Downloads whose clients never read: what each node holds for them. */
export const unreadRow: Row = {
  id: "memory-unread",
  begin: (bench) => {
    const { unreadStreams: streams, memoryRounds } = bench.settings;
    const names = ["inlet node", "relay node", "outlet node"];
    const samples = new Samples(names);
    let held = "";
    const measure = async (): Promise<void> => {
      bench.progress.say(`memory: ${streams} streams that are never read`);
      const growth = await growthOfUnread(bench);
      for (const [index, name] of names.entries()) {
        samples.add(name, (growth[index]?.residentBytes ?? Number.NaN) / mebibyte);
      }
      held = growth.map(({ heldBytes }) => inMebibytes(heldBytes)).join(", ");
    };
    const limits = [endLimitBytes, relayLimitBytes, endLimitBytes];
    const bars = Object.fromEntries(
      names.map((name, index) => [name, atMost((limits[index] ?? 0) / mebibyte)]),
    );
    const title = `Memory for ${streams} streams never read`;
    return {
      rounds: memoryRounds,
      measure: (rounds) => repeat(rounds, measure),
      results: () => {
        const note = `Objects and buffers of inlet, relay and outlet in the last round: ${held}. ${unreadFormula}`;
        return [memoryResult("memory-unread", title, "MiB", samples, bars, note)];
      },
    };
  },
};

async function repeat(rounds: readonly number[], measure: () => Promise<void>): Promise<void> {
  for (const _ of rounds) await measure();
}

async function growthOfUnread(bench: Bench): Promise<readonly MemoryUse[]> {
  const chain = await startCulvert(bench.targets);
  try {
    const { inlet, relay, outlet } = chain.nodes;
    await settle(bench, chain.entries);
    return await measureGrowth([inlet, relay, outlet], async () => {
      const { unreadStreams: streams, unreadMs } = bench.settings;
      await bench.client.call("holdUnread", { port: entryOf(chain), streams });
      await sleep(unreadMs);
    });
  } finally {
    await bench.client.call("stop", undefined);
    await chain.close();
    await waitForQuiet(bench, subject);
  }
}

/** Streams that are open and carry nothing: what each end holds for one. */
export const idlePortalsRow: Row = {
  id: "memory-portals",
  begin: (bench) => {
    const { idlePortals: streams, memoryRounds } = bench.settings;
    const [inlet, outlet] = ["inlet node", "outlet node"] as const;
    const samples = new Samples([inlet, outlet]);
    let relayBytes = 0;
    const measure = async (): Promise<void> => {
      bench.progress.say(`memory: ${streams} idle portals`);
      const [near, middle, far] = await growthOfIdlePortals(bench);
      samples.add(inlet, perPiece(near, streams));
      samples.add(outlet, perPiece(far, streams));
      relayBytes = middle?.residentBytes ?? Number.NaN;
    };
    const bars = { [inlet]: atMost(30), [outlet]: atMost(30) };
    const title = `Memory per idle portal, of ${streams}`;
    return {
      rounds: memoryRounds,
      measure: (rounds) => repeat(rounds, measure),
      results: () => {
        const note = `The relay node grew by ${inMebibytes(relayBytes)} in the last round.`;
        return [memoryResult("memory-portals", title, "KiB", samples, bars, note)];
      },
    };
  },
};

async function growthOfIdlePortals(bench: Bench): Promise<readonly MemoryUse[]> {
  const chain = await startCulvert(bench.targets);
  try {
    const { inlet, relay, outlet } = chain.nodes;
    await settle(bench, chain.entries);
    return await measureGrowth([inlet, relay, outlet], () =>
      bench.client.call("holdIdle", { port: entryOf(chain), streams: bench.settings.idlePortals }),
    );
  } finally {
    await bench.client.call("stop", undefined);
    await chain.close();
    await waitForQuiet(bench, subject);
  }
}

/** Relays that are registered and carry nothing: what the relay node holds for one. */
export const idleRelaysRow: Row = {
  id: "memory-relays",
  begin: (bench) => {
    const { idleRelays: count, memoryRounds } = bench.settings;
    const name = "relay node";
    const samples = new Samples([name]);
    let clientKibibytes = 0;
    const measure = async (): Promise<void> => {
      bench.progress.say(`memory: ${count} idle relays`);
      const [relay, clients] = await growthOfIdleRelays(count);
      samples.add(name, perPiece(relay, count));
      clientKibibytes = perPiece(clients, count);
    };
    const title = `Memory per idle relay, of ${count}`;
    return {
      rounds: memoryRounds,
      measure: (rounds) => repeat(rounds, measure),
      results: () => {
        const note = `The clients' own side took ${clientKibibytes.toFixed(1)} KiB per relay in the last round.`;
        return [memoryResult("memory-relays", title, "KiB", samples, { [name]: atMost(10) }, note)];
      },
    };
  },
};

async function growthOfIdleRelays(count: number): Promise<readonly MemoryUse[]> {
  const relay = await startRole<CulvertNodeOperations>("culvert-node");
  const clients = await startRole<CulvertNodeOperations>("culvert-node");
  try {
    const port = await relay.call("startRelay", undefined);
    await clients.call("registerMany", { port, count: relaysPerNode, perNode: relaysPerNode });
    return await measureGrowth([relay, clients], () =>
      clients.call("registerMany", { port, count, perNode: relaysPerNode }),
    );
  } finally {
    await Promise.all([relay.close(), clients.close()]);
  }
}

/** Lets a fresh chain carry a little first, so that compiled code does not count as memory of streams. */
async function settle(bench: Bench, entries: readonly number[]): Promise<void> {
  await bench.client.call("measureExchanges", { port: entries[0] ?? 0, timeMs: 500, parallel: 8 });
  await waitForQuiet(bench, subject);
}

function inMebibytes(bytes: number): string {
  return `${(bytes / mebibyte).toFixed(1)} MiB`;
}

function perPiece(use: MemoryUse | undefined, pieces: number): number {
  return (use?.residentBytes ?? Number.NaN) / pieces / kibibyte;
}

function memoryResult(
  id: string,
  title: string,
  unit: string,
  samples: Samples,
  bars: Readonly<Record<string, Bar>>,
  note: string,
): RowResult {
  const { series } = samples.measured();
  const checks = series.flatMap((one) => {
    const bar = bars[one.name];
    return bar === undefined ? [] : [checkSeries(one, unit, bar)];
  });
  return { id, title, unit, better: "less", series, checks, notes: [note] };
}
