import { setTimeout as sleep } from "node:timers/promises";
import { type Chain, openChain } from "../chain.js";
import { deadPeerBarMs, lineReturnBarMs, relayReturnBarMs, serviceBarMs } from "../limits.js";
import { breakTransfer, outliveFault, untilConnectionLost } from "../measure.js";
import { defineRow, type Row } from "../row.js";

const settle = (chain: Chain): Promise<void> => chain.checkHealth();

/** How long a killed node stays away, in milliseconds: another time each round. */
function outageMs(round: number): number {
  return 200 + ((round * 700) % 3_000);
}

/** Nodes that die or can no longer be reached. */
export const lostPeers: readonly Row[] = [
  defineRow({
    id: "relay-killed",
    fault: "relay killed (kill -9) during a transfer, started again 0.2 to 3 s later",
    detected: "the nodes of inlet and outlet log `Connection lost`; the slower one",
    recovered: "from the relay listening again: the transfer moves both ways, and a new request is served",
    bars: { detectMs: 1_000, recoverMs: relayReturnBarMs },
    open: () => openChain(),
    settle,
    inject: (chain, round) =>
      outliveFault(chain, async () => {
        const detectMs = await untilConnectionLost(chain, ["near", "far"], () => chain.kill("relay"));
        await sleep(outageMs(round));
        const { listensAt, finished } = await chain.start("relay");
        return { detectMs, mendedAt: listensAt, finished };
      }),
  }),
  defineRow({
    id: "relay-cut",
    fault: "relay's network cut without FIN or RST during a transfer, restored once both peers noticed",
    detected: "the nodes of inlet and outlet log `Connection lost`; the slower one",
    recovered: "from the line carrying again: the transfer moves both ways, and a new request is served",
    bars: { detectMs: deadPeerBarMs, recoverMs: lineReturnBarMs },
    open: () => openChain(),
    settle,
    inject: (chain) =>
      outliveFault(chain, async () => {
        const detectMs = await untilConnectionLost(chain, ["near", "far"], () => {
          for (const wire of chain.wires) wire.cut();
        });
        for (const wire of chain.wires) wire.heal();
        return { detectMs, mendedAt: performance.now() };
      }),
  }),
  defineRow({
    id: "private-killed",
    fault: "private node killed (kill -9) during a transfer, started again 0.2 to 3 s later",
    detected: "the relay logs `Connection lost`",
    recovered: "from the node listening again: a new request is served; the transfer was reset, visibly",
    bars: { detectMs: 1_000, recoverMs: serviceBarMs },
    open: () => openChain(),
    settle,
    inject: (chain, round) =>
      breakTransfer(chain, "up", async () => {
        const detectMs = await untilConnectionLost(chain, ["relay"], () => chain.kill("far"));
        await sleep(outageMs(round));
        const { listensAt, finished } = await chain.start("far");
        return { detectMs, mendedAt: listensAt, finished };
      }),
  }),
  defineRow({
    id: "private-reset",
    fault: "private node's connection to the relay reset during a transfer",
    detected: "the private node logs `Connection lost`",
    recovered: "from the reset: the longest pause of the transfer, and the first new request served",
    bars: { detectMs: 1_000, recoverMs: serviceBarMs },
    open: () => openChain(),
    settle,
    inject: (chain) =>
      outliveFault(chain, async () => {
        const mendedAt = performance.now();
        const detectMs = await untilConnectionLost(chain, ["far"], () => chain.wires[1].reset());
        return { detectMs, mendedAt, isMomentary: true };
      }),
  }),
  defineRow({
    id: "inlet-killed",
    fault: "inlet node killed (kill -9) during a transfer, started again 0.2 to 3 s later",
    detected: "the relay logs `Connection lost`",
    recovered: "from the inlet listening again: a new request is served; the transfer was reset, visibly",
    bars: { detectMs: 1_000, recoverMs: serviceBarMs },
    open: () => openChain(),
    settle,
    inject: (chain, round) =>
      breakTransfer(chain, "down", async () => {
        const detectMs = await untilConnectionLost(chain, ["relay"], () => chain.kill("near"));
        await sleep(outageMs(round));
        const { listensAt, finished } = await chain.start("near");
        return { detectMs, mendedAt: listensAt, finished };
      }),
  }),
];
