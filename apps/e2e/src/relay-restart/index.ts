import { parseArgs } from "node:util";
import { runAsProgram } from "../harness/on-finished.js";
import { hasProc } from "../harness/processes.js";
import { openWorkspace } from "../harness/workspace.js";
import { startClients } from "./client-processes.js";
import { columnMs, defaultClients, firstUpMs, maxPeakShare, maxReturnMs, restMs } from "./limits.js";
import { relayName } from "./relay-node.js";
import { type Restart, restart } from "./restart.js";

const mebibyte = 2 ** 20;

/** Registers many clients, restarts their relay with and without a word, and tells how they came back. */
async function relayRestart(count: number): Promise<readonly Restart[]> {
  const workspace = openWorkspace({ CULVERT_LOG_FORMAT: "json" });
  await workspace.createNode(relayName);
  const port = await workspace.tcpPort(relayName);
  const clients = startClients(`tcp#127.0.0.1:${port}`, count);
  await clients.untilAllUp(firstUpMs);
  await new Promise((resolve) => setTimeout(resolve, restMs));
  const results: Restart[] = [];
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    const result = await restart(workspace, clients, { signal, count });
    print(result);
    results.push(result);
  }
  return results;
}

function print(result: Restart): void {
  const mib = (bytes: number): string => (bytes / mebibyte).toFixed(1);
  const line = (what: string, value: string): void => console.log(`| ${what} | ${value} |`);
  line(result.signal, "");
  line("--- ", " ---");
  line("away, signal to first connection", `${result.awayMs} ms`);
  line(`all back after the first (bar ${maxReturnMs} ms)`, `${result.returnMs} ms`);
  line(`connections per ${columnMs} ms`, result.columns.join(" "));
  line(`most within ${columnMs} ms (bar ${maxPeakShare * 100} % of the clients)`, `${result.peak}`);
  line(`attempts due per ${columnMs} ms that connected`, result.due.columns.join(" "));
  line(`most of them within ${columnMs} ms`, `${result.due.peak}`);
  line("relay's CPU, peak over 200 ms", `${Math.round(result.cpuPeak * 100)} %`);
  line("relay's CPU until all were back", `${result.cpuSeconds.toFixed(2)} s`);
  line("relay's memory before and after", `${mib(result.bytesBefore)} MiB, ${mib(result.bytesAfter)} MiB`);
  for (const bar of result.missed) line("**missed**", bar);
  console.log();
}

const { values } = parseArgs({ options: { clients: { type: "string", default: String(defaultClients) } } });
const count = Number(values.clients);
if (!Number.isInteger(count) || count < 1) {
  console.error("Usage: relay-restart [--clients <number>]");
  process.exitCode = 64;
} else if (!hasProc) {
  console.error("Needs /proc to look at processes");
  process.exitCode = 69;
} else {
  const results = await runAsProgram(() => relayRestart(count));
  process.exitCode = results.some(({ missed }) => missed.length > 0) ? 1 : 0;
  // Connections of killed children may linger in the event loop.
  process.exit();
}
