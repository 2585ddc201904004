import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exchange } from "../harness/clients.js";
import { portOf } from "../harness/ports.js";
import { descriptorsOf, isRunning, residentBytes } from "../harness/processes.js";
import { startEchoTarget } from "../harness/targets.js";
import { type NodeView, openWorkspace, type Workspace } from "../harness/workspace.js";
import { maxExtraFiles, maxGrowthBytes, nodeLimits, settleMs } from "./limits.js";
import type { FuzzTarget } from "./message-frames.js";

/** A node with every entrance there is. */
export interface FuzzedNode {
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly inletPort: number;
  readonly httpPort: number;
  readonly controlSocket: string;
  readonly targets: readonly FuzzTarget[];
  /** What is wrong with it after it had time to settle, in words, and its figures. */
  verdict(): Promise<Verdict>;
}

/** How a node came through. */
export interface Verdict {
  readonly figures: readonly (readonly [what: string, value: string])[];
  readonly violations: readonly string[];
}

const mebibyte = 2 ** 20;
const pauseMs = 250;

/** Creates the node; it ends with the test or program. */
export async function createFuzzedNode(): Promise<FuzzedNode> {
  const workspace = openWorkspace({ CULVERT_LOG_LEVEL: "warn" });
  const { ok, json, createNode, tcpPort } = workspace;
  const limits = nodeLimits.map((limit) => `--limit ${limit}`).join(" ");
  const { pid } = await createNode("fuzzed", `--http-server ${limits}`);
  const udpPort = portOf(await ok("udp-listener create 127.0.0.1:0 --at fuzzed"));
  await ok("service start hop --at fuzzed");
  const { port } = await startEchoTarget();
  await ok(`tcp-outlet create --at fuzzed --to 127.0.0.1:${port}`);
  const inlet = await json<{ bind_addr: string; worker_addr: string }>(
    "tcp-inlet create --at fuzzed --to /service/outlet",
  );
  const { http_server_address: http } = await json<{ http_server_address: string }>("node show fuzzed");
  const inletPort = portOf(inlet.bind_addr);
  const files = descriptorsOf(pid);
  const bytes = residentBytes(pid);
  const names = ["echo", "uppercase", "hop", "nobody", "forward_to_n3"] as const;
  return {
    tcpPort: await tcpPort("fuzzed"),
    udpPort,
    inletPort,
    httpPort: portOf(http),
    controlSocket: join(workspace.home, "state", "fuzzed", "control.sock"),
    targets: [
      ...names.map((address) => ({ address, kind: "any" }) as const),
      { address: "relay", kind: "relay" },
      { address: "outlet", kind: "portal" },
      { address: inlet.worker_addr.split("/").at(-1) as string, kind: "portal" },
    ],
    verdict: () => judge(workspace, { pid, files, bytes, inletPort, udpPort }),
  };
}

interface Before {
  readonly pid: number;
  readonly files: number;
  readonly bytes: number;
  readonly inletPort: number;
  readonly udpPort: number;
}

async function judge(workspace: Workspace, before: Before): Promise<Verdict> {
  const violations: string[] = [];
  const { pid } = before;
  if (!isRunning(pid)) return { figures: [], violations: ["the process died"] };
  await untilSettled(before);
  const files = descriptorsOf(pid);
  const growth = residentBytes(pid) - before.bytes;
  if (files > before.files + maxExtraFiles)
    violations.push(`${files} file descriptors, ${before.files} at first`);
  if (growth > maxGrowthBytes) violations.push(`memory grew by ${Math.round(growth / mebibyte)} MiB`);
  violations.push(...faultsInLog(workspace), ...(await faultsOfService(workspace, before)));
  const mib = (count: number): string => `${(count / mebibyte).toFixed(1)} MiB`;
  const figures = [
    ["memory before", mib(before.bytes)],
    [`growth (bound ${mib(maxGrowthBytes)})`, mib(growth)],
    ["file descriptors before and after", `${before.files}, ${files}`],
  ] as const;
  return { figures, violations };
}

async function untilSettled({ pid, files, bytes }: Before): Promise<void> {
  for (const endsAt = performance.now() + settleMs; performance.now() < endsAt; ) {
    if (descriptorsOf(pid) <= files + maxExtraFiles && residentBytes(pid) - bytes <= maxGrowthBytes) return;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Nothing that came from outside may end in an error that nobody expected. */
function faultsInLog({ home }: Workspace): string[] {
  const folder = join(home, "nodes", "fuzzed");
  const text = readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
  const faults =
    /An error was not handled|A worker failed|A watcher failed|\bINTERNAL\b|Cannot answer an HTTP request/;
  const line = text.split("\n").find((one) => faults.test(one));
  return line === undefined ? [] : [`its log says: ${line.slice(0, 300)}`];
}

/** A good client of each entrance is served. */
async function faultsOfService(
  { run, ok, json }: Workspace,
  { pid, inletPort, udpPort }: Before,
): Promise<string[]> {
  const faults: string[] = [];
  if ((await json<NodeView>("node show fuzzed")).pid !== pid) faults.push("it is another process");
  for (const route of ["/node/fuzzed", `/ip4/127.0.0.1/udp/${udpPort}`]) {
    const { stdout, stderr } = await run(["message", "send", "hello", "--to", `${route}/service/uppercase`]);
    if (stdout !== "HELLO\n") faults.push(`no answer over ${route}: ${stderr}`);
  }
  const sent = Buffer.from("a good visitor");
  const came = await exchange(inletPort, sent).catch((error: unknown) => Buffer.from(String(error)));
  if (!came.equals(sent)) faults.push(`a good visitor got: ${came.toString()}`);
  await ok("relay create good --at /node/fuzzed --to fuzzed").catch((error: unknown) => {
    faults.push(`no relay: ${String(error)}`);
  });
  return faults;
}
