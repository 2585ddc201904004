import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exchange } from "../harness/clients.js";
import { portOf } from "../harness/ports.js";
import { descriptorsOf, isRunning, residentBytes } from "../harness/processes.js";
import { startEchoTarget } from "../harness/targets.js";
import { eventually } from "../harness/waiting.js";
import { type NodeView, openWorkspace, type Workspace } from "../harness/workspace.js";
import { MessageFrames } from "./message-frames.js";
import { type Assault, assault, streamSession } from "./sessions.js";
import { controlRequests, httpRequests, tcpPeers, visitors } from "./stream-entrances.js";
import { udpSession } from "./udp-session.js";

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

/** How much to send, and which. */
export interface FuzzOptions {
  /** Frames to each message listener and to the control socket; the other entrances get a twentieth. */
  readonly frames: number;
  readonly seed: number;
  /** Told of each entrance that is done. */
  readonly onDone?: (assault: Assault) => void;
}

/** How a node came through. */
export interface FuzzResult {
  readonly assaults: readonly Assault[];
  readonly violations: readonly string[];
}

/** Sends hostile bytes to every entrance of a real node, one after another, and looks what became of it. */
export async function runFuzz({ frames, seed, onDone = () => {} }: FuzzOptions): Promise<FuzzResult> {
  const workspace = openWorkspace({ environment: { CULVERT_LOG_LEVEL: "warn" } });
  const { ok, json, createNode, tcpPort } = workspace;
  const limitOptions = limits.map((limit) => `--limit ${limit}`).join(" ");
  const { pid, http_server_address } = await createNode("fuzzed", `--http-server ${limitOptions}`);
  const udpPort = portOf(await ok("udp-listener create 127.0.0.1:0 --at fuzzed"));
  await ok("service start hop --at fuzzed");
  await ok(`tcp-outlet create --at fuzzed --to 127.0.0.1:${(await startEchoTarget()).port}`);
  const inlet = await json<{ bind_addr: string; worker_addr: string }>(
    "tcp-inlet create --at fuzzed --to /service/outlet",
  );
  const [inletPort, path] = [
    portOf(inlet.bind_addr),
    join(workspace.home, "state", "fuzzed", "control.sock"),
  ];
  const before = { pid, files: descriptorsOf(pid), bytes: residentBytes(pid), inletPort, udpPort };
  const names = ["echo", "uppercase", "hop", "nobody", "forward_to_n3"];
  const messages = new MessageFrames([
    ...names.map((address) => ({ address, kind: "any" }) as const),
    { address: "relay", kind: "relay" },
    { address: "outlet", kind: "portal" },
    { address: inlet.worker_addr.replace("/worker/", ""), kind: "portal" },
  ]);
  const less = Math.ceil(frames / lessBusyShare);
  const at = (port: number) => ({ host: "127.0.0.1", port });
  const entrances = [
    ["TCP listener", streamSession(at(await tcpPort("fuzzed")), tcpPeers(messages)), frames],
    ["UDP listener", udpSession(udpPort, messages), frames],
    ["inlet", streamSession(at(inletPort), visitors), less],
    ["control socket", streamSession({ path }, controlRequests), frames],
    ["HTTP server", streamSession(at(portOf(http_server_address)), httpRequests), less],
  ] as const;
  const assaults: Assault[] = [];
  for (const [entrance, session, count] of entrances) {
    const done = await assault(entrance, session, { frames: count, seed });
    assaults.push(done);
    onDone(done);
  }
  const silent = assaults.filter(({ stuck }) => stuck > 0);
  const silence = silent.map(
    ({ stuck, entrance }) => `${stuck} connections to the ${entrance} were not answered`,
  );
  return { assaults, violations: [...(await judge(workspace, before)), ...silence] };
}

interface Before {
  readonly pid: number;
  readonly files: number;
  readonly bytes: number;
  readonly inletPort: number;
  readonly udpPort: number;
}

/** What is wrong with the node after it had time to settle. */
async function judge(
  workspace: Workspace,
  { pid, files, bytes, inletPort, udpPort }: Before,
): Promise<string[]> {
  const { run, ok, json } = workspace;
  const violations: string[] = [];
  if (!isRunning(pid)) return ["the process died"];
  const isSettled = (): boolean =>
    descriptorsOf(pid) <= files + maxExtraFiles && residentBytes(pid) - bytes <= maxGrowthBytes;
  await eventually("the node settles", isSettled, settleMs).catch(() => {
    const growth = Math.round((residentBytes(pid) - bytes) / 2 ** 20);
    violations.push(`it has ${descriptorsOf(pid)} files, ${files} at first, and grew by ${growth} MiB`);
  });
  violations.push(...faultsInLog(workspace));
  // A good client of each entrance is served.
  if ((await json<NodeView>("node show fuzzed")).pid !== pid) violations.push("it is another process");
  for (const route of ["/node/fuzzed", `/ip4/127.0.0.1/udp/${udpPort}`]) {
    const { stdout, stderr } = await run(`message send hello --to ${route}/service/uppercase`);
    if (stdout !== "HELLO\n") violations.push(`no answer over ${route}: ${stderr}`);
  }
  const came = await exchange(inletPort, "a good visitor").catch(String);
  if (String(came) !== "a good visitor") violations.push(`a good visitor got: ${came}`);
  await ok("relay create good --at /node/fuzzed --to fuzzed").catch((error: unknown) => {
    violations.push(`no relay: ${String(error)}`);
  });
  return violations;
}

/** Nothing that came from outside may end in an error that nobody expected. */
function faultsInLog({ home }: Workspace): string[] {
  const folder = join(home, "nodes", "fuzzed");
  const logs = readdirSync(folder).filter((name) => name.endsWith(".log"));
  const lines = logs.flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
  const faults =
    /An error was not handled|A worker failed|A watcher failed|\bINTERNAL\b|Cannot answer an HTTP request/;
  const line = lines.find((one) => faults.test(one));
  return line === undefined ? [] : [`its log says: ${line.slice(0, 300)}`];
}
