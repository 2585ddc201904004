import type { Received, ReceiveWindow } from "../loads/receive-window.js";
import { cpuSeconds } from "../process/usage.js";
import { entryOf, type NamedChain, waitForQuiet } from "./measure.js";
import type { Bench } from "./row.js";

/** One bulk transfer. */
export interface TransferOptions extends ReceiveWindow {
  readonly direction: "up" | "down";
  readonly streams: number;
}

/** What one transfer came to. */
export interface Transferred extends Received {
  /** CPU time of the chain's own processes, in seconds. */
  readonly cpuSeconds: number;
  /** CPU time of the load generator, client and server, in seconds. */
  readonly loadSeconds: number;
}

/**
 * Runs one bulk transfer and counts it where it arrives, and the CPU time that processes spent meanwhile.
 *
 * @throws Error when no byte arrives
 */
export async function transfer(
  bench: Bench,
  chain: NamedChain,
  options: TransferOptions,
): Promise<Transferred> {
  const load = [bench.client.pid, bench.server.pid];
  const [before, loadBefore] = [cpuSeconds(chain.pids), cpuSeconds(load)];
  const received = await receive(bench, entryOf(chain), options);
  const [spent, loadSpent] = [cpuSeconds(chain.pids) - before, cpuSeconds(load) - loadBefore];
  await bench.client.call("stop", undefined);
  await waitForQuiet(bench, chain.name);
  if (received.bytes === 0) throw new Error("no byte arrived");
  // The ramp costs CPU time too; the window's share is an estimate good enough for a cost.
  const { timeMs, rampMs } = options;
  const share = timeMs / (timeMs + rampMs);
  return { ...received, cpuSeconds: spent * share, loadSeconds: loadSpent * share };
}

async function receive(bench: Bench, port: number, options: TransferOptions): Promise<Received> {
  const { direction, streams, rampMs, timeMs } = options;
  if (direction === "down") return bench.client.call("download", { port, streams, rampMs, timeMs });
  await bench.client.call("startUpload", { port, streams });
  return bench.server.call("countUploads", { rampMs, timeMs });
}
