import { type Chain, chainNodes } from "../../engine/chain.js";
import { carrierOf, type Injection, transferBytesPerSecond } from "../../engine/recovery.js";
import { untilOver } from "../../engine/streams.js";
import { judge, lostBytes } from "../../engine/verdict.js";
import { barMs, type Row, row } from "../row.js";
import { servedAfter } from "./refusal.js";

/** Longest time from SIGTERM to the end of the process, in milliseconds: what the command line promises before it kills. */
const endBarMs = 5_000;

/** The six orders of the three nodes. */
const orders = chainNodes.flatMap((first) =>
  chainNodes.flatMap((second) => {
    const third = chainNodes.find((name) => name !== first && name !== second);
    return first === second || third === undefined ? [] : [[first, second, third]];
  }),
);

/** SIGTERM to a node at one end, by turns, during a transfer, which then ends by itself or goes on for ever. */
async function terminate(chain: Chain, round: number, isEnding: boolean): Promise<Injection> {
  const node = round % 2 === 0 ? "near" : "far";
  const stream = await chain.streams.transfer(chain.enter, transferBytesPerSecond);
  const { finish } = await carrierOf(stream);
  const startedAt = performance.now();
  const ended = chain.end(node, "SIGTERM");
  if (isEnding) await finish();
  await untilOver(stream);
  const { outcome, violations } = judge(stream, [{ kind: "SIGTERM", costs: "streams", at: startedAt }]);
  await ended;
  const detectMs = performance.now() - startedAt;
  if ((outcome === "exact") !== isEnding || violations.length > 0)
    throw new Error(`The transfer came out ${outcome}: ${violations}`);
  const listensAt = await chain.start(node);
  return { detectMs, recoverMs: await servedAfter(chain, listensAt), lostBytes: lostBytes(stream) };
}

const bars = { detectMs: endBarMs, recoverMs: barMs.served };

/** Nodes that are told to end, and all nodes gone at once. */
export const endings: readonly Row[] = [
  row({
    id: "sigterm-drains",
    proves: "[node-drain]",
    tries: 2,
    fault: "SIGTERM to the inlet's node and to the private node, by turns, during a transfer that ends soon",
    bars,
    inject: ({ chain }, round) => terminate(chain, round, true),
  }),
  row({
    id: "sigterm-resets",
    proves: "[node-drain]",
    tries: 2,
    fault:
      "SIGTERM to the inlet's node and to the private node, by turns, during a transfer that does not end",
    bars,
    inject: ({ chain }, round) => terminate(chain, round, false),
  }),
  row({
    id: "cold-start",
    proves: "[node-cold-start]",
    tries: 2,
    fault: "all three nodes killed (kill -9), then started in another order each time, with no other command",
    bars: { recoverMs: barMs.lineBack },
    injections: (asked) => Math.max(orders.length, asked),
    inject: async ({ chain }, round) => {
      await Promise.all(chainNodes.map((name) => chain.end(name, "SIGKILL")));
      let listensAt = 0;
      for (const name of orders[round % orders.length] ?? []) listensAt = await chain.start(name);
      return { recoverMs: await servedAfter(chain, listensAt) };
    },
  }),
];
