import { setTimeout as sleep } from "node:timers/promises";
import { type RelayClient, startRelayClient } from "@x/relay";
import { createNode, type NodeReport } from "@x/routing";
import { tcp } from "@x/transport-tcp";
import { Chain } from "../../engine/chain.js";
import { onFinished } from "../../harness/on-finished.js";
import { residentBytes } from "../../harness/processes.js";
import { eventually } from "../../harness/waiting.js";
import { type Row, row } from "../row.js";

/** Clients that are registered, and those that connect at a time at first: their start is not what is measured. */
const [clientCount, startedAtOnce] = [1_000, 50];

/** Longest time until all registrations are back after the first, in milliseconds: "seconds, not half a minute". */
const returnBarMs = 10_000;

/**
 * Largest share of the clients whose attempts may be due within one 100 ms.
 * A quarter: after a restart of half a second their random delays are spread over about as long, which is five such windows.
 */
const [maxPeakShare, columnMs] = [0.25, 100];

/** Longer than the 5,000 after which a node takes a connection for stable, in milliseconds: then delays begin small again. */
const stableMs = 6_000;

/** Growth of the relay's memory over a restart that is put down to chance, in MiB: heaps differ by that much from run to run. */
const maxGrowthMebibytes = 32;

interface ClientsChain {
  readonly chain: Chain;
  readonly up: ReadonlySet<RelayClient>;
  /** When each connection that came up, and the attempt that brought it was due, in milliseconds since 1970. */
  readonly ups: { readonly at: number; readonly dueAt: number }[];
}

/** Starts clients, each with a kept connection of its own and a relay registered by it: what a node of the command line has. */
async function openClients(): Promise<ClientsChain> {
  // All clients come from one host.
  const limits = ["relays-per-host", "relays-per-network"].map(
    (name) => `--limit ${name}=${clientCount + 1}`,
  );
  const chain = await Chain.open({ relayOptions: limits.join(" ") });
  const due = new Map<string, number>();
  const [up, ups]: [Set<RelayClient>, ClientsChain["ups"]] = [new Set(), []];
  const onReport = (news: NodeReport): void => {
    if (news.type === "dial-failed") due.set(news.worker, news.nextAttemptAt ?? Number.NaN);
    if (news.type === "connection-up")
      ups.push({ at: Date.now(), dueAt: due.get(news.worker) ?? Number.NaN });
  };
  const node = createNode({ transports: [tcp()], onReport });
  onFinished(() => node.close());
  const relay = `tcp#127.0.0.1:${await chain.workspace.tcpPort("relay")}`;
  const start = async (name: string): Promise<void> => {
    const { worker } = await node.connect(relay);
    const onChange = (): unknown => (client.state === "up" ? up.add(client) : up.delete(client));
    const client = startRelayClient(node, { route: [worker, "relay"], name, onChange });
  };
  for (let first = 0; first < clientCount; first += startedAtOnce) {
    const names = Array.from({ length: startedAtOnce }, (_, index) => `client-${first + index}`);
    await Promise.all(names.map(start));
  }
  await eventually("all clients are up", () => up.size === clientCount);
  await chain.markSockets();
  return { chain, up, ups };
}

/** Most times within any stretch of one column's width. */
function peakOf(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  return Math.max(
    ...sorted.map((first) => sorted.filter((at) => at >= first && at < first + columnMs).length),
  );
}

/** Many relay clients that all have to come back. */
export const relayClients: Row = row<ClientsChain>({
  id: "relay-clients",
  fault: `relay with ${clientCount} registered clients killed (kill -9) or told to end (SIGTERM), by turns, and started again`,
  bars: { recoverMs: returnBarMs },
  open: openClients,
  inject: async ({ chain, up, ups }, round) => {
    await sleep(stableMs);
    const memory = residentBytes(chain.pidOf("relay"));
    const endedAt = Date.now();
    await chain.end("relay", round % 2 === 0 ? "SIGKILL" : "SIGTERM");
    await eventually("all clients heard", () => up.size === 0);
    await chain.start("relay");
    await eventually("all clients are up", () => up.size === clientCount, 2 * returnBarMs);
    const back = ups.filter(({ at }) => at > endedAt);
    const recoverMs = Date.now() - Math.min(...back.map(({ at }) => at));
    const peak = peakOf(back.map(({ dueAt }) => dueAt).filter((at) => at >= endedAt));
    if (!(peak <= maxPeakShare * clientCount))
      throw new Error(`${peak} attempts were due within ${columnMs} ms`);
    const growth = (residentBytes(chain.pidOf("relay")) - memory) / 2 ** 20;
    if (growth > maxGrowthMebibytes) throw new Error(`The relay's memory grew by ${growth} MiB`);
    return { recoverMs, note: `at most ${peak} attempts due within ${columnMs} ms` };
  },
});
