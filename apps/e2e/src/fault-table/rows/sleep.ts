import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { killProcess } from "../../harness/processes.js";
import type { RelayedNode } from "../../harness/relayed-portal.js";
import { type Chain, nodeNames, openChain } from "../chain.js";
import { deadPeerBarMs, lineReturnBarMs, serviceBarMs } from "../limits.js";
import { outliveFault, untilConnectionLost } from "../measure.js";
import { defineRow, type Row } from "../row.js";

const settle = (chain: Chain): Promise<void> => chain.checkHealth();

/** A short sleep: below the time after which a peer counts as dead. In milliseconds. */
const napMs = 3_000;

/** How long a jumped clock is watched, in milliseconds: leases are looked at every second. */
const jumpWatchMs = 2_000;

const clockJump = fileURLToPath(new URL("../../../src/fault-table/clock-jump.cjs", import.meta.url));

/** The node whose turn it is, and those that notice when it sleeps. */
function sleeperOf(round: number): { readonly node: RelayedNode; readonly peers: readonly RelayedNode[] } {
  const node = nodeNames[round % nodeNames.length] ?? "near";
  return { node, peers: node === "relay" ? ["near", "far"] : ["relay"] };
}

/** Machines that sleep, and clocks that jump. */
export const sleepFaults: readonly Row[] = [
  defineRow({
    id: "nap",
    fault: `a node stopped for ${napMs / 1_000} s (SIGSTOP, SIGCONT) during a transfer, by turns`,
    detected: "nobody has to be told",
    recovered: "from SIGCONT: the transfer moves both ways, and a new request is served",
    bars: { recoverMs: serviceBarMs },
    open: () => openChain(),
    settle,
    inject: (chain, round) =>
      outliveFault(chain, async () => {
        const pid = chain.pidOf(sleeperOf(round).node);
        killProcess(pid, "SIGSTOP");
        await sleep(napMs);
        killProcess(pid, "SIGCONT");
        return { mendedAt: performance.now() };
      }),
  }),
  defineRow({
    id: "laptop-sleep",
    fault:
      "a node stopped (SIGSTOP) during a transfer until a second after its peers gave it up, then SIGCONT; by turns",
    detected: "its peers log `Connection lost`; the slowest",
    recovered: "from SIGCONT: the transfer moves both ways, and a new request is served",
    bars: { detectMs: deadPeerBarMs, recoverMs: lineReturnBarMs },
    open: () => openChain(),
    settle,
    inject: (chain, round) =>
      outliveFault(chain, async () => {
        const { node, peers } = sleeperOf(round);
        const pid = chain.pidOf(node);
        const detectMs = await untilConnectionLost(chain, peers, () => killProcess(pid, "SIGSTOP"));
        await sleep(1_000);
        killProcess(pid, "SIGCONT");
        return { detectMs, mendedAt: performance.now() };
      }),
  }),
  defineRow({
    id: "clock-jump",
    fault: "the clocks of all three nodes jump an hour ahead, or back again, during a transfer",
    detected: "nobody has to be told",
    recovered: "from the jump: the longest pause of the transfer in the next 2 s, and a new request",
    bars: { recoverMs: serviceBarMs },
    open: () => openChain({ environment: { NODE_OPTIONS: `--require=${clockJump}` } }),
    settle,
    inject: (chain) =>
      outliveFault(chain, async () => {
        const jumpedAt = performance.now();
        for (const name of nodeNames) killProcess(chain.pidOf(name), "SIGUSR2");
        return { mendedAt: jumpedAt, isMomentary: true, watchMs: jumpWatchMs };
      }),
  }),
];
