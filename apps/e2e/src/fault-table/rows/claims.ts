import { setTimeout as sleep } from "node:timers/promises";
import { exchange } from "../../harness/clients.js";
import { eventually } from "../../harness/eventually.js";
import { startTarget } from "../../harness/targets.js";
import { type Chain, openChain } from "../chain.js";
import { errorBarMs, lineReturnBarMs, serviceBarMs } from "../limits.js";
import { servedAfter } from "../measure.js";
import { defineRow, type Row } from "../row.js";
import { untilRefused } from "../usual-time.js";

const settle = (chain: Chain): Promise<void> => chain.checkHealth();

/** How long a stranger holds a port that a node wants back, in milliseconds. */
const stolenMs = 1_000;

async function openWithStranger(): Promise<Chain> {
  const chain = await openChain();
  await chain.workspace.createNode("stranger");
  return chain;
}

/** Names and ports that somebody else has. */
export const claims: readonly Row[] = [
  defineRow({
    id: "name-claimed",
    fault: "another node claims the name of a relay that is in use",
    detected: "the command says RELAY_NAME_TAKEN and the name, beyond the time of a command that succeeds",
    recovered: "a request through the owner's relay is served meanwhile",
    bars: { detectMs: errorBarMs, recoverMs: serviceBarMs },
    open: openWithStranger,
    settle,
    inject: async (chain) => {
      const place = `/ip4/127.0.0.1/tcp/${await chain.workspace.tcpPort("relay")}`;
      const line = `relay create far --at ${place} --to stranger`;
      const detectMs = await untilRefused(chain, line, { exit: 73, says: [/RELAY_NAME_TAKEN|taken/, "far"] });
      const recoverMs = await servedAfter(chain, performance.now());
      await chain.workspace.run(["relay", "delete", "far", "--at", "stranger", "--yes"]);
      return { detectMs, recoverMs, lostBytes: 0 };
    },
  }),
  defineRow({
    id: "port-taken",
    fault: "an inlet is created at a port that is taken",
    detected: "the command ends with 73 and LISTEN_ADDRESS_TAKEN, beyond the time of a command that succeeds",
    recovered: "a request through the inlet that has the port is served meanwhile",
    bars: { detectMs: errorBarMs, recoverMs: serviceBarMs },
    open: () => openChain(),
    settle,
    inject: async (chain) => {
      const line = `tcp-inlet create --at far --from 127.0.0.1:${chain.port} --to /service/outlet`;
      const detectMs = await untilRefused(chain, line, {
        exit: 73,
        says: ["LISTEN_ADDRESS_TAKEN", `${chain.port}`],
      });
      return { detectMs, recoverMs: await servedAfter(chain, performance.now()), lostBytes: 0 };
    },
  }),
  defineRow({
    id: "port-stolen",
    fault: `relay killed; a stranger has its port when it starts again, and lets it go ${stolenMs} ms later`,
    detected: "the node starts all the same and logs that it tries again",
    recovered: "from the port being free: a new request is served",
    bars: { recoverMs: lineReturnBarMs },
    open: () => openChain(),
    settle,
    inject: async (chain) => {
      const port = await chain.workspace.tcpPort("relay");
      await chain.kill("relay");
      // A killed process may hold its sockets a moment longer than it is there.
      const thief = await eventually("the port is free", () =>
        startTarget((socket) => socket.destroy(), port),
      );
      const place = chain.log("relay").end();
      const startedAt = Date.now();
      const { finished } = await chain.start("relay");
      await finished;
      const told = await chain.log("relay").timeOf(place, ({ msg }) => msg.includes("trying again"));
      await sleep(stolenMs);
      await thief.close();
      const recoverMs = await servedAfter(chain, performance.now());
      return { detectMs: told - startedAt, recoverMs, lostBytes: 0 };
    },
  }),
];

/** The answer of an echo target, compared with what was sent: bytes that differ. */
export async function echoLoss(port: number, sent: Uint8Array): Promise<number> {
  const answer = await exchange(port, sent);
  return answer.equals(sent) ? 0 : Math.max(1, Math.abs(answer.length - sent.length));
}
