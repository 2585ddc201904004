import { eventually } from "../../harness/eventually.js";
import { isRunning, killProcess } from "../../harness/processes.js";
import type { RelayedNode } from "../../harness/relayed-portal.js";
import { type Chain, nodeNames, openChain } from "../chain.js";
import { lineReturnBarMs, relayReturnBarMs, serviceBarMs } from "../limits.js";
import { lostBytes, outcomeOf, outliveFault, servedAfter, untilConnectionLost, within } from "../measure.js";
import { defineRow, type Injection, type Row } from "../row.js";

const settle = (chain: Chain): Promise<void> => chain.checkHealth();

/** Longest time from SIGTERM to the end of the process, in milliseconds: what the command line promises before it kills. */
const endBarMs = 5_000;

/** The six orders of the three nodes. */
const orders: readonly (readonly RelayedNode[])[] = nodeNames.flatMap((first) =>
  nodeNames
    .filter((second) => second !== first)
    .map((second) => [first, second, ...nodeNames.filter((name) => name !== first && name !== second)]),
);

async function untilEnded(chain: Chain, node: RelayedNode): Promise<void> {
  const pid = chain.pidOf(node);
  await eventually(`${node} has ended`, () => !isRunning(pid));
}

/** Starts a node that ended, and measures until a new request is served. */
async function startAgain(chain: Chain, node: RelayedNode): Promise<number> {
  const { listensAt, finished } = await chain.start(node);
  const recoverMs = await servedAfter(chain, listensAt);
  await finished;
  return recoverMs;
}

/** SIGTERM to a node during a transfer, which then ends by itself or goes on for ever. */
async function terminate(chain: Chain, node: RelayedNode, isEnding: boolean): Promise<Injection> {
  const transfer = await chain.transfer();
  const startedAt = performance.now();
  killProcess(chain.pidOf(node), "SIGTERM");
  if (isEnding) await within("the transfer ends", transfer.finish());
  const outcome = await within("the transfer is over", outcomeOf(transfer));
  await untilEnded(chain, node);
  const detectMs = performance.now() - startedAt;
  if (isEnding !== (outcome === "whole")) throw new Error(`The transfer came out ${outcome}`);
  return { detectMs, recoverMs: await startAgain(chain, node), lostBytes: lostBytes(transfer) };
}

/** Nodes that are told to end, and all nodes gone at once. */
export const endings: readonly Row[] = [
  defineRow({
    id: "sigterm-drains",
    fault: "SIGTERM to the inlet's node and to the private node, by turns, during a transfer that ends soon",
    detected: "the process has ended, and the transfer before it, whole",
    recovered: "from the node, started again, listening: a new request is served",
    bars: { detectMs: endBarMs, recoverMs: serviceBarMs },
    open: () => openChain(),
    settle,
    inject: (chain, round) => terminate(chain, round % 2 === 0 ? "near" : "far", true),
  }),
  defineRow({
    id: "sigterm-resets",
    fault:
      "SIGTERM to the inlet's node and to the private node, by turns, during a transfer that does not end",
    detected: "the process has ended; the transfer was reset, visibly",
    recovered: "from the node, started again, listening: a new request is served",
    bars: { detectMs: endBarMs, recoverMs: serviceBarMs },
    open: () => openChain(),
    settle,
    inject: (chain, round) => terminate(chain, round % 2 === 0 ? "near" : "far", false),
  }),
  defineRow({
    id: "sigterm-relay",
    fault: "SIGTERM to the relay during a transfer; it is started again",
    detected: "the nodes of inlet and outlet log `Connection lost`; the slower one",
    recovered: "from the relay listening again: the transfer moves both ways, and a new request is served",
    bars: { detectMs: endBarMs, recoverMs: relayReturnBarMs },
    open: () => openChain(),
    settle,
    inject: (chain) =>
      outliveFault(chain, async () => {
        const detectMs = await untilConnectionLost(chain, ["near", "far"], () =>
          killProcess(chain.pidOf("relay"), "SIGTERM"),
        );
        await untilEnded(chain, "relay");
        const { listensAt, finished } = await chain.start("relay");
        return { detectMs, mendedAt: listensAt, finished };
      }),
  }),
  defineRow({
    id: "cold-start",
    fault: "all three nodes killed (kill -9), then started in another order each time, with no other command",
    detected: "nobody is left who could be told",
    recovered: "from the last node listening: a new request is served",
    bars: { recoverMs: lineReturnBarMs },
    injections: (repeat) => Math.max(orders.length, repeat),
    open: () => openChain(),
    settle,
    inject: async (chain, round) => {
      await Promise.all(nodeNames.map((name) => chain.kill(name)));
      const order = orders[round % orders.length] ?? nodeNames;
      let listensAt = 0;
      for (const name of order) {
        const started = await chain.start(name);
        await started.finished;
        listensAt = started.listensAt;
      }
      return { recoverMs: await servedAfter(chain, listensAt), lostBytes: 0 };
    },
  }),
];
