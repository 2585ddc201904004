import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "@x/core";
import { udp } from "@x/transport-udp";
import { exchange } from "../harness/clients.js";
import { startFaultyUdp } from "../harness/faulty-udp.js";
import { portOf } from "../harness/ports.js";
import { descriptorsOf, isRunning, residentBytes } from "../harness/processes.js";
import { startEchoTarget } from "../harness/targets.js";
import { eventually } from "../harness/waiting.js";
import { openWorkspace } from "../harness/workspace.js";
import type { FuzzTarget } from "./frames.js";
import { type Assault, assault, streamSession, udpSession } from "./sessions.js";
import { controlRequests, httpRequests, tcpPeers, visitors } from "./stream-entrances.js";

/** Frames per visit, request or datagram of the other entrances: those of the listeners divided by this. Opening takes most of their time. */
const lessBusyShare = 20;

/**
 * Growth of the node's memory that is put down to warm code and buffers, in bytes.
 * 160 MiB: the code compiled for each path, the slabs of 1 MiB of a few busy connections, what the collector has not given back,
 * and 20,000 ended streams that an outlet remembers for a minute.
 */
const maxGrowthBytes = 160 * 2 ** 20;

/** File descriptors by which the node may differ at the end: a log file that was put aside, a look-up under way. */
const maxExtraFiles = 4;

/** Longest wait for the node to settle, in milliseconds: streams and leases that the fuzz left behind end within it. */
const settleMs = 30_000;

/** Limits of the fuzzed node, small enough to be reached: what a frame opens by chance must end within the settling time. */
const limits = ["relays=500", "outlet-streams=200", "inlet-streams=200", "stream-resume-ms=2000"];

const faultsInLog =
  /An error was not handled|A worker failed|A watcher failed|\bINTERNAL\b|Cannot answer an HTTP request/;

/** How much to send, and which. */
export interface FuzzOptions {
  /** Frames to each message listener and to the control socket; the other entrances get a twentieth. */
  readonly frames: number;
  readonly seed: number;
}

/** How a node came through. */
export interface FuzzResult {
  readonly assaults: readonly Assault[];
  readonly violations: readonly string[];
}

/** Sends hostile bytes to every entrance of a real node, one after another, and looks what became of it. */
export async function runFuzz({ frames, seed }: FuzzOptions): Promise<FuzzResult> {
  const workspace = openWorkspace({ environment: { CULVERT_LOG_LEVEL: "warn" } });
  const { home, ok, run, json, createNode, tcpPort, pidOf } = workspace;
  const limitOptions = limits.map((limit) => `--limit ${limit}`).join(" ");
  const { pid, http_server_address } = await createNode("fuzzed", `--http-server ${limitOptions}`);
  const udpPort = portOf(await ok("udp-listener create 127.0.0.1:0 --at fuzzed"));
  await ok("service start hop --at fuzzed");
  await ok(`tcp-outlet create --at fuzzed --to 127.0.0.1:${(await startEchoTarget()).port}`);
  const line = "tcp-inlet create --at fuzzed --to /service/outlet";
  const inlet = await json<{ bind_addr: string; worker_addr: string }>(line);
  const before = { files: descriptorsOf(pid), bytes: residentBytes(pid) };

  const targets: readonly FuzzTarget[] = [
    ...["echo", "uppercase", "hop", "nobody", "forward_to_n3"].map((address) => ({ address })),
    { address: "relay", speaks: "relay" },
    { address: "outlet", speaks: "stream" },
    { address: inlet.worker_addr.replace("/worker/", ""), speaks: "stream" },
  ];
  const path = await startFaultyUdp(udpPort, { lost: 0, doubled: 0.01, late: 0.01, changed: 0.02 });
  const dial = (): Promise<Connection> => udp({ dialTimeoutMs: 2_000 }).dial(`127.0.0.1:${path}`);
  const less = Math.ceil(frames / lessBusyShare);
  const at = (port: number) => ({ host: "127.0.0.1", port });
  const control = { path: join(home, "state", "fuzzed", "control.sock") };
  const assaults: Assault[] = [];
  for (const [entrance, session, count] of [
    ["TCP listener", streamSession(at(await tcpPort("fuzzed")), tcpPeers(targets)), frames],
    ["UDP listener", udpSession(dial, targets), frames],
    ["inlet", streamSession(at(portOf(inlet.bind_addr)), visitors), less],
    ["control socket", streamSession(control, controlRequests), frames],
    ["HTTP server", streamSession(at(portOf(http_server_address)), httpRequests), less],
  ] as const)
    assaults.push(await assault(entrance, session, { frames: count, seed }));

  const violations = assaults
    .filter(({ stuck }) => stuck > 0)
    .map(({ stuck, entrance }) => `${stuck} connections to the ${entrance} were not answered`);
  if (!isRunning(pid)) return { assaults, violations: [...violations, "the process died"] };
  const isSettled = (): boolean =>
    descriptorsOf(pid) <= before.files + maxExtraFiles && residentBytes(pid) - before.bytes <= maxGrowthBytes;
  await eventually("the node settles", isSettled, settleMs).catch(() => {
    const growth = Math.round((residentBytes(pid) - before.bytes) / 2 ** 20);
    violations.push(
      `it has ${descriptorsOf(pid)} files, ${before.files} at first, and grew by ${growth} MiB`,
    );
  });
  // Nothing that came from outside may end in an error that nobody expected.
  const logs = readdirSync(join(home, "nodes", "fuzzed")).filter((name) => name.endsWith(".log"));
  const lines = logs.flatMap((name) => readFileSync(join(home, "nodes", "fuzzed", name), "utf8").split("\n"));
  violations.push(...lines.filter((one) => faultsInLog.test(one)).slice(0, 1));
  // A good client of each entrance is served.
  if ((await pidOf("fuzzed")) !== pid) violations.push("it is another process");
  for (const route of ["/node/fuzzed", `/ip4/127.0.0.1/udp/${udpPort}`]) {
    const { stdout, stderr } = await run(`message send hello --to ${route}/service/uppercase`);
    if (stdout !== "HELLO\n") violations.push(`no answer over ${route}: ${stderr}`);
  }
  const came = String(await exchange(portOf(inlet.bind_addr), "a good visitor").catch(String));
  if (came !== "a good visitor") violations.push(`a good visitor got: ${came}`);
  const relay = await run("relay create good --at /node/fuzzed --to fuzzed");
  if (relay.code !== 0) violations.push(`no relay: ${relay.stderr}`);
  return { assaults, violations };
}
