import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type RelayClient, startRelayClient } from "@x/relay";
import { createNode, type NodeReport } from "@x/routing";
import { tcp } from "@x/transport-tcp";
import { onFinished, runProgram } from "../harness/on-finished.js";
import { hasProc, isRunning, killProcess, processesOf, residentBytes } from "../harness/processes.js";
import { eventually } from "../harness/waiting.js";
import { openWorkspace, type Workspace } from "../harness/workspace.js";

/** Longest time until all registrations are back after the relay's return, in milliseconds: "seconds, not half a minute". */
const maxReturnMs = 10_000;

/**
 * Largest share of the clients whose attempts may be due within one 100 ms.
 * A quarter: after a restart of half a second their random delays are spread over about as long, which is five such windows.
 */
const [maxPeakShare, columnMs] = [0.25, 100];

/** Longest wait for all clients to be up at first, in milliseconds. */
const firstUpMs = 60_000;

/** Rest between two restarts, in milliseconds: longer than the 5,000 after which a node takes a connection for stable. */
const restMs = 6_000;

/** Growth of the relay's memory over a restart that is put down to chance, in MiB: heaps differ by that much from run to run. */
const maxGrowthMebibytes = 32;

/** Clients that connect at a time at first: their start is not what is measured. */
const startedAtOnce = 50;

/** Relay clients, and when their connections came up. Times in milliseconds since 1970. */
interface Clients {
  /** Each connection that came up, and when the attempt that brought it was due: what many machines would do that are never late. */
  readonly ups: readonly { readonly at: number; readonly dueAt: number }[];
  /** Resolves when all are up, with the time at which the last one was. */
  untilAllUp(timeoutMs: number): Promise<number>;
}

/** Starts clients, each with a kept connection of its own and a relay registered by it: what a node of the command line has. */
async function startClients(relay: string, count: number): Promise<Clients> {
  const due = new Map<string, number>();
  const ups: Clients["ups"][number][] = [];
  const up = new Set<RelayClient>();
  let lastUpAt = 0;
  const onReport = (news: NodeReport): void => {
    if (news.type === "dial-failed") due.set(news.worker, news.nextAttemptAt ?? Number.NaN);
    if (news.type === "connection-up")
      ups.push({ at: Date.now(), dueAt: due.get(news.worker) ?? Number.NaN });
  };
  const node = createNode({ transports: [tcp()], onReport });
  onFinished(() => node.close());
  const onChange = (client: RelayClient): void => {
    if (client.state === "up") up.add(client);
    else up.delete(client);
    lastUpAt = Date.now();
  };
  const start = async (name: string): Promise<void> => {
    const { worker } = await node.connect(relay);
    const client = startRelayClient(node, {
      route: [worker, "relay"],
      name,
      onChange: () => onChange(client),
    });
  };
  for (let first = 0; first < count; first += startedAtOnce) {
    const size = Math.min(startedAtOnce, count - first);
    await Promise.all(Array.from({ length: size }, (_, index) => start(`client-${first + index}`)));
  }
  const isAllUp = (): number | false => up.size === count && lastUpAt;
  return { ups, untilAllUp: (timeoutMs) => eventually("all clients are up", isAllUp, timeoutMs) };
}

/** Most times within any stretch of one column's width. */
function peakOf(times: readonly number[]): number {
  let peak = 0;
  for (let first = 0, last = 0; last < times.length; last++) {
    while ((times[last] ?? 0) - (times[first] ?? 0) >= columnMs) first++;
    peak = Math.max(peak, last - first + 1);
  }
  return peak;
}

/** Ends the relay's node by a signal, starts it again, and tells how its clients come back. Gives whether all bars were met. */
async function restart(
  workspace: Workspace,
  { ups, untilAllUp }: Clients,
  signal: NodeJS.Signals,
  count: number,
): Promise<boolean> {
  const memory = (): number => Math.round(residentBytes(processesOf(workspace.home)[0] ?? 0) / 2 ** 20);
  const before = memory();
  const [pid = 0] = processesOf(workspace.home);
  const endedAt = Date.now();
  killProcess(pid, signal);
  await eventually("the old process has ended", () => !isRunning(pid));
  await workspace.ok("node start relay");
  // Twice the bar, so that a miss is measured and not only told.
  const backAt = await untilAllUp(2 * maxReturnMs);
  await sleep(restMs);
  const back = ups.filter(({ at }) => at > endedAt);
  const first = Math.min(...back.map(({ at }) => at));
  const due = back.map(({ dueAt }) => dueAt).filter((at) => at >= endedAt);
  const peak = peakOf(due.sort((one, other) => one - other));
  const [returnMs, growth] = [backAt - first, memory() - before];
  const bars = [
    ["away, signal to first connection, ms", first - endedAt, Infinity],
    ["all back after the first, ms", returnMs, maxReturnMs],
    [`most attempts due within ${columnMs} ms`, peak, maxPeakShare * count],
    [`growth of the relay's memory of ${before} MiB, MiB`, growth, maxGrowthMebibytes],
  ] as const;
  console.log(`\n| ${signal}, ${count} clients | | bar | |\n| --- | ---: | ---: | --- |`);
  // Not a number counts as missed.
  for (const [what, value, bar] of bars)
    console.log(`| ${what} | ${value} | ${bar} | ${value <= bar ? "pass" : "**miss**"} |`);
  return bars.every(([, value, bar]) => value <= bar);
}

await runProgram(async () => {
  const { values } = parseArgs({ options: { clients: { type: "string", default: "1000" } } });
  const count = Number(values.clients);
  if (!Number.isInteger(count) || count < 1) throw new TypeError("Usage: relay-restart [--clients <number>]");
  if (!hasProc) throw new Error("Needs /proc to look at processes");
  const workspace = openWorkspace();
  // All clients come from one host.
  await workspace.createNode("relay", `--limit relays-per-host=${count} --limit relays-per-network=${count}`);
  const clients = await startClients(`tcp#127.0.0.1:${await workspace.tcpPort("relay")}`, count);
  await clients.untilAllUp(firstUpMs);
  await sleep(restMs);
  const killed = await restart(workspace, clients, "SIGKILL", count);
  const ended = await restart(workspace, clients, "SIGTERM", count);
  return killed && ended ? 0 : 1;
});
