import { type Address, isCulvertError, request } from "@x/core";
import { createNode } from "@x/routing";
import { tcp } from "@x/transport-tcp";
import { onFinished } from "../../harness/on-finished.js";
import { portOf } from "../../harness/ports.js";
import { type Chain, openChain } from "../chain.js";
import { errorBarMs } from "../limits.js";
import { within } from "../measure.js";
import { defineRow, type Row } from "../row.js";
import { untilRefused } from "../usual-time.js";
import { untilTurnedAway } from "./targets.js";

const settle = (chain: Chain): Promise<void> => chain.checkHealth();
const open = (): Promise<Chain> => openChain();

interface Loop {
  readonly chain: Chain;
  /** Sends a message round and round; gives the code of the refusal that ends it. */
  send(): Promise<string>;
}

/** A node of the test's own that sends whatever comes by back to the relay's node, by a hop there, for ever. */
async function openLoop(): Promise<Loop> {
  const chain = await openChain();
  await chain.workspace.ok("service start hop --at relay");
  const node = createNode({ name: "looper", transports: [tcp()] });
  onFinished(() => node.close());
  const connection = await node.connect(`tcp#127.0.0.1:${await chain.workspace.tcpPort("relay")}`);
  // Another connection leads back: no message leaves by the one it came by.
  const { address } = await node.listen("tcp#127.0.0.1:0");
  const created = await chain.workspace.ok(
    `tcp-connection create --from relay --to ${address.replace("tcp#", "")}`,
  );
  const back: Address = created.trim().replace("/worker/", "");
  const round = [connection.worker, "hop", back, "bounce"];
  node.startWorker((message) => void message.forward({ onwardRoute: round }), {
    address: "bounce",
    exposure: "network",
  });
  await chain.markSockets();
  const send = async (): Promise<string> => {
    try {
      await request(node.own, round, new Uint8Array(1));
      return "an answer";
    } catch (error) {
      return isCulvertError(error) ? error.code : String(error);
    }
  };
  return { chain, send };
}

/** Routes that lead nowhere. */
export const routeFaults: readonly Row[] = [
  defineRow({
    id: "route-loop",
    fault: "a message that is sent round between two nodes for ever",
    detected: "its sender gets HOP_LIMIT_EXCEEDED or ROUTE_TOO_LONG",
    recovered: "a request through the portal is served meanwhile",
    bars: { detectMs: errorBarMs, recoverMs: errorBarMs },
    open: openLoop,
    settle: ({ chain }) => settle(chain),
    inject: async ({ chain, send }) => {
      const startedAt = performance.now();
      const code = await within("the loop ends", send());
      const detectMs = performance.now() - startedAt;
      if (!/^(HOP_LIMIT_EXCEEDED|ROUTE_TOO_LONG)$/.test(code)) throw new Error(`The loop ended with ${code}`);
      const visitedAt = performance.now();
      await within("a visit", chain.visit());
      return { detectMs, recoverMs: performance.now() - visitedAt, lostBytes: 0, note: code };
    },
  }),
  defineRow({
    id: "route-1000-hops",
    fault: "a message with a route of 1,000 hops",
    detected: "the command says ROUTE_TOO_LONG, beyond the time of a command that succeeds",
    recovered: "nothing was broken",
    bars: { detectMs: errorBarMs },
    open,
    settle,
    inject: async (chain) => {
      const line = `message send x --from near --to ${chain.route}${"/service/hop".repeat(1_000)}/service/echo`;
      const detectMs = await untilRefused(chain, line, { exit: 64, says: ["ROUTE_TOO_LONG"] });
      return { detectMs, lostBytes: 0 };
    },
  }),
  defineRow({
    id: "unknown-worker",
    fault:
      "a message to a worker that does not exist: on the sender's node, on the relay's, on the private one, by turns",
    detected:
      "the command ends with 69, WORKER_NOT_FOUND and the hop's name, beyond the time of a command that succeeds",
    recovered: "nothing was broken",
    bars: { detectMs: errorBarMs },
    open,
    settle,
    inject: async (chain, round) => {
      const [connection = ""] = /^\/worker\/[0-9a-f]+/.exec(chain.route) ?? [];
      const way = ["", connection, chain.route][round % 3];
      const line = `message send x --from near --to ${way}/service/nobody`;
      const detectMs = await untilRefused(chain, line, { exit: 69, says: ["WORKER_NOT_FOUND", "nobody"] });
      return { detectMs, lostBytes: 0 };
    },
  }),
  defineRow({
    id: "unknown-outlet",
    fault:
      "a visitor of an inlet whose outlet does not exist, and that lets nobody wait (--connection-wait 1ms)",
    detected:
      "the visitor's socket is reset, and `tcp-inlet show` says WORKER_NOT_FOUND and names the outlet",
    recovered: "nothing was broken",
    bars: { detectMs: errorBarMs },
    open: async () => {
      const chain = await openChain();
      const line = `tcp-inlet create lost --at near --to ${chain.route}/service/nowhere --connection-wait 1ms`;
      const port = portOf(await chain.workspace.ok(line));
      await chain.markSockets();
      return { chain, port };
    },
    settle: ({ chain }) => settle(chain),
    inject: async ({ chain, port }) => {
      const detectMs = await untilTurnedAway(port);
      const { inlets } = await chain.show("near");
      const failure = inlets.find(({ alias }) => alias === "lost")?.last_failure ?? "";
      if (!/WORKER_NOT_FOUND.*nowhere/.test(failure)) throw new Error(`The inlet shows ${failure}`);
      return { detectMs, lostBytes: 0 };
    },
  }),
];
