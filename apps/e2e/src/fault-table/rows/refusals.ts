import { setTimeout as sleep } from "node:timers/promises";
import { isCulvertError, request } from "@x/core";
import { createNode } from "@x/routing";
import { tcp } from "@x/transport-tcp";
import { Chain } from "../../engine/chain.js";
import { onFinished } from "../../harness/on-finished.js";
import { portOf } from "../../harness/ports.js";
import { startTarget } from "../../harness/targets.js";
import { eventually, within } from "../../harness/waiting.js";
import { barMs, type Row, row } from "../row.js";
import { servedAfter, untilRefused, untilTurnedAway } from "./refusal.js";

/** How long a stranger holds a port that a node wants back, in milliseconds. */
const stolenMs = 1_000;

/** Names and ports that somebody else has. */
export const claims: readonly Row[] = [
  row({
    id: "name-claimed",
    proves: "[relay-stranger]",
    fault: "another node claims the name of a relay that is in use",
    bars: { detectMs: barMs.error, recoverMs: barMs.served },
    open: async () => {
      const chain = await Chain.open();
      await chain.workspace.createNode("stranger");
      return { chain };
    },
    inject: async ({ chain }) => {
      const place = `/ip4/127.0.0.1/tcp/${await chain.workspace.tcpPort("relay")}`;
      const line = `relay create far --at ${place} --to stranger`;
      const detectMs = await untilRefused(chain, line, 73, /RELAY_NAME_TAKEN|taken/, "far");
      const recoverMs = await servedAfter(chain);
      await chain.workspace.run("relay delete far --at stranger --yes");
      return { detectMs, recoverMs };
    },
  }),
  row({
    id: "port-taken",
    proves: "[refusal-precise]",
    fault: "an inlet is created at a port that is taken",
    bars: { detectMs: barMs.error, recoverMs: barMs.served },
    inject: async ({ chain }) => {
      const line = `tcp-inlet create --at far --from 127.0.0.1:${chain.port} --to /service/outlet`;
      const detectMs = await untilRefused(chain, line, 73, "LISTEN_ADDRESS_TAKEN", `${chain.port}`);
      return { detectMs, recoverMs: await servedAfter(chain) };
    },
  }),
  row({
    id: "port-stolen",
    proves: "[node-port-stolen]",
    fault: `relay killed; a stranger has its port when it starts again, and lets it go ${stolenMs} ms later`,
    bars: { recoverMs: barMs.lineBack },
    inject: async ({ chain }) => {
      const port = await chain.workspace.tcpPort("relay");
      await chain.end("relay", "SIGKILL");
      // A killed process may hold its sockets a moment longer than it is there.
      const thief = await eventually("the port is free", () =>
        startTarget((socket) => socket.destroy(), port),
      );
      const place = chain.logEnd("relay");
      const startedAt = Date.now();
      await chain.start("relay");
      const told = await chain.logged("relay", place, "trying again");
      await sleep(stolenMs);
      await thief.goDown();
      return { detectMs: told - startedAt, recoverMs: await servedAfter(chain) };
    },
  }),
];

/** A node of the test's own that sends whatever comes by back to the relay's node, by a hop there, for ever. */
async function openLoop(): Promise<{ readonly chain: Chain; readonly send: () => Promise<string> }> {
  const chain = await Chain.open();
  await chain.workspace.ok("service start hop --at relay");
  const node = createNode({ name: "looper", transports: [tcp()] });
  onFinished(() => node.close());
  const connection = await node.connect(`tcp#127.0.0.1:${await chain.workspace.tcpPort("relay")}`);
  // Another connection leads back: no message leaves by the one it came by.
  const { address } = await node.listen("tcp#127.0.0.1:0");
  const line = `tcp-connection create --from relay --to ${address.replace("tcp#", "")}`;
  const back = (await chain.workspace.ok(line)).replace("/worker/", "");
  const round = [connection.worker, "hop", back, "bounce"];
  node.startWorker((message) => void message.forward({ onwardRoute: round }), {
    ...{ address: "bounce", exposure: "network" },
  });
  await chain.markSockets();
  const send = (): Promise<string> =>
    request(node.own, round, new Uint8Array(1)).then(
      () => "an answer",
      (error: unknown) => (isCulvertError(error) ? error.code : String(error)),
    );
  return { chain, send };
}

/** Routes that lead nowhere. */
export const routeFaults: readonly Row[] = [
  row({
    id: "route-loop",
    proves: "[delivery-loop]",
    fault: "a message that is sent round between two nodes for ever",
    bars: { detectMs: barMs.error, recoverMs: barMs.error },
    open: openLoop,
    inject: async ({ chain, send }) => {
      const startedAt = performance.now();
      const note = await within("the loop ends", send());
      const detectMs = performance.now() - startedAt;
      if (!/^(HOP_LIMIT_EXCEEDED|ROUTE_TOO_LONG)$/.test(note)) throw new Error(`The loop ended with ${note}`);
      return { detectMs, recoverMs: await servedAfter(chain), note };
    },
  }),
  row({
    id: "route-1000-hops",
    proves: "[refusal-too-long]",
    fault: "a message with a route of 1,000 hops",
    bars: { detectMs: barMs.error },
    inject: async ({ chain }) => {
      const line = `message send x --from near --to ${chain.route}${"/service/hop".repeat(1_000)}/service/echo`;
      return { detectMs: await untilRefused(chain, line, 64, "ROUTE_TOO_LONG") };
    },
  }),
  row({
    id: "unknown-worker",
    proves: "[refusal-unknown] [refusal-precise] [address-bytes]",
    tries: 3,
    fault:
      "a message to a worker that does not exist: on the sender's node, the relay's, the private one, by turns",
    bars: { detectMs: barMs.error },
    inject: async ({ chain }, round) => {
      const [connection = ""] = /^\/worker\/[0-9a-f]+/.exec(chain.route) ?? [];
      const way = ["", connection, chain.route][round % 3];
      const line = `message send x --from near --to ${way}/service/Echo`;
      return { detectMs: await untilRefused(chain, line, 69, "WORKER_NOT_FOUND", "Echo") };
    },
  }),
  row({
    id: "unknown-outlet",
    proves: "[refusal-unknown] [refusal-precise]",
    fault:
      "a visitor of an inlet whose outlet does not exist, and that lets nobody wait (--connection-wait 1ms)",
    bars: { detectMs: barMs.error },
    open: async () => {
      const chain = await Chain.open();
      const line = `tcp-inlet create lost --at near --to ${chain.route}/service/nowhere --connection-wait 1ms`;
      const port = portOf(await chain.workspace.ok(line));
      await chain.markSockets();
      return { chain, port };
    },
    inject: async ({ chain, port }) => {
      const detectMs = await untilTurnedAway(port);
      const failure = await chain.failureOf("lost");
      if (!/WORKER_NOT_FOUND.*nowhere/.test(failure)) throw new Error(`The inlet shows ${failure}`);
      return { detectMs };
    },
  }),
];
