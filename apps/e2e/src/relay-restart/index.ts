import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type RelayClient, startRelayClient } from "@x/relay";
import { createNode } from "@x/routing";
import { tcp } from "@x/transport-tcp";
import { onFinished, runProgram } from "../harness/on-finished.js";
import { hasProc, isRunning, killProcess, processesOf, residentBytes } from "../harness/processes.js";
import { eventually } from "../harness/waiting.js";
import { openWorkspace, type Workspace } from "../harness/workspace.js";

/** Longest time until all registrations are back after the relay's return, in milliseconds: "seconds, not half a minute". */
const maxReturnMs = 10_000;

/**
 * Largest share of the clients that may connect within one 100 ms.
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

/**
 * Starts relay clients, each with a kept connection of its own and a relay registered by it: what a node of the command line has.
 * The function resolves with the time at which the last one was up.
 */
async function startClients(relay: string, count: number): Promise<(timeoutMs: number) => Promise<number>> {
  const node = createNode({ transports: [tcp()] });
  onFinished(() => node.close());
  const up = new Set<RelayClient>();
  let lastUpAt = 0;
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
  return (timeoutMs) => eventually("all clients are up", () => up.size === count && lastUpAt, timeoutMs);
}

/** Times at which the relay's node accepted connections since a moment, by its own log, in milliseconds since 1970. */
function acceptedSince({ home }: Workspace, since: number): number[] {
  const folder = join(home, "nodes", "relay");
  const logs = readdirSync(folder).filter((name) => /^stdout.*\.log$/.test(name));
  const lines = logs.flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
  const accepted = lines.filter((line) => line.includes('"Connection accepted"'));
  const times = accepted.map((line) => Date.parse((JSON.parse(line) as { time: string }).time));
  return times.filter((at) => at >= since).sort((one, other) => one - other);
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
  untilAllUp: (timeoutMs: number) => Promise<number>,
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
  const times = acceptedSince(workspace, endedAt);
  const [first = Number.NaN] = times;
  const [returnMs, peak, growth] = [backAt - first, peakOf(times), memory() - before];
  const bars = [
    ["away, signal to first connection, ms", first - endedAt, Infinity],
    ["all back after the first, ms", returnMs, maxReturnMs],
    [`most connections within ${columnMs} ms`, peak, maxPeakShare * count],
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
  const workspace = openWorkspace({ environment: { CULVERT_LOG_FORMAT: "json" } });
  await workspace.createNode("relay");
  const untilAllUp = await startClients(`tcp#127.0.0.1:${await workspace.tcpPort("relay")}`, count);
  await untilAllUp(firstUpMs);
  await sleep(restMs);
  const killed = await restart(workspace, untilAllUp, "SIGKILL", count);
  const ended = await restart(workspace, untilAllUp, "SIGTERM", count);
  return killed && ended ? 0 : 1;
});
