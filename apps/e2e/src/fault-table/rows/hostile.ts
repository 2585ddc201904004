import { connect, type NetConnectOpts } from "node:net";
import { join } from "node:path";
import { hostileBytes, sendDatagrams } from "../../harness/hostile-bytes.js";
import { onFinished } from "../../harness/on-finished.js";
import { portOf } from "../../harness/ports.js";
import { startTarget } from "../../harness/targets.js";
import { type Chain, openChain } from "../chain.js";
import { deadPeerBarMs, serviceBarMs } from "../limits.js";
import { servedAfter, within } from "../measure.js";
import { defineRow, type Row } from "../row.js";
import { openSidePortal, type SidePortal } from "../side-portal.js";
import { echoLoss } from "./claims.js";

/** Longest life of a stalled request over HTTP, in milliseconds: Node looks for those every 30 s, and 10 s are given. */
const stalledRequestBarMs = 45_000;

const settle = (chain: Chain): Promise<void> => chain.checkHealth();

/** Sends all hostile bytes, each over a connection of its own; every other one is left open. Resolves when all were closed. */
async function attack(place: NetConnectOpts): Promise<void> {
  const closed = hostileBytes.map(async ([, bytes], index) => {
    const socket = connect(place).on("error", () => {});
    onFinished(() => void socket.destroy());
    const over = new Promise((resolve) => socket.once("close", resolve));
    if (index % 2 === 0) socket.write(bytes);
    else socket.end(bytes);
    socket.resume();
    await over;
  });
  await Promise.all(closed);
}

interface Listener {
  readonly id: string;
  readonly name: string;
  readonly barMs: number;
  readonly place: (chain: Chain) => Promise<NetConnectOpts>;
}

const listeners: readonly Listener[] = [
  {
    id: "hostile-tcp",
    name: "the TCP listener",
    barMs: deadPeerBarMs,
    place: async ({ workspace }) => ({ host: "127.0.0.1", port: await workspace.tcpPort("relay") }),
  },
  {
    id: "hostile-control",
    name: "the control socket",
    barMs: stalledRequestBarMs,
    place: async ({ workspace }) => ({ path: join(workspace.home, "state", "relay", "control.sock") }),
  },
  {
    id: "hostile-http",
    name: "the HTTP server",
    barMs: stalledRequestBarMs,
    place: async ({ httpPlace }) => ({ host: "127.0.0.1", port: portOf(httpPlace("relay")) }),
  },
];

function attackRow({ id, name, barMs, place }: Listener): Row {
  return defineRow({
    id,
    fault: `garbage, oversize, truncated and stalled frames on ${name} of the relay (all injections at once)`,
    detected: "all those connections are closed",
    recovered: "a request through the relay is served, and `node show` answers, meanwhile",
    bars: { detectMs: barMs, recoverMs: serviceBarMs },
    isParallel: true,
    open: () => openChain(),
    settle,
    inject: async (chain) => {
      const target = await place(chain);
      const startedAt = performance.now();
      const attacked = attack(target);
      const recoverMs = await servedAfter(chain, startedAt);
      await chain.workspace.ok("node show relay");
      await within("all hostile connections are closed", attacked, 2 * barMs);
      return { detectMs: performance.now() - startedAt, recoverMs, lostBytes: 0 };
    },
  });
}

interface EchoChain {
  readonly chain: Chain;
  readonly side: SidePortal;
}

/** Bytes that make no sense, on everything that listens. */
export const hostileFaults: readonly Row[] = [
  ...listeners.map(attackRow),
  defineRow({
    id: "hostile-udp",
    fault: "garbage, empty and oversize datagrams on a UDP listener of the relay",
    detected: "nobody has to be told",
    recovered: "a request through the relay is served",
    bars: { recoverMs: serviceBarMs },
    open: async () => {
      const chain = await openChain();
      const port = portOf(await chain.workspace.ok("udp-listener create 127.0.0.1:0 --at relay"));
      await chain.markSockets();
      return { chain, port };
    },
    settle: ({ chain }) => settle(chain),
    inject: async ({ chain, port }) => {
      const datagrams = hostileBytes.map(([, bytes]) => bytes.subarray(0, 60_000));
      await sendDatagrams(port, datagrams);
      return { recoverMs: await servedAfter(chain, performance.now()), lostBytes: 0 };
    },
  }),
  defineRow<EchoChain>({
    id: "hostile-inlet",
    fault: "the same bytes on an inlet: there they are what a visitor says",
    detected: "nobody has to be told",
    recovered: "the target sent all of them back, unchanged",
    bars: { recoverMs: serviceBarMs },
    open: async () => {
      const chain = await openChain();
      const target = await startTarget((socket) => socket.pipe(socket));
      return { chain, side: await openSidePortal(chain, `127.0.0.1:${target.port}`) };
    },
    settle: ({ chain }) => settle(chain),
    inject: async ({ side }) => {
      const startedAt = performance.now();
      const losses = hostileBytes.map(([, bytes]) => echoLoss(side.port, bytes));
      const lost = await within("all answers", Promise.all(losses));
      const lostBytes = lost.reduce((sum, each) => sum + each, 0);
      return { recoverMs: performance.now() - startedAt, lostBytes };
    },
  }),
];
