import { endOf, exchange, openSocket, startSocket } from "../../harness/clients.js";
import { freePort } from "../../harness/ports.js";
import { startTarget } from "../../harness/targets.js";
import { type Chain, openChain } from "../chain.js";
import { patienceMs, refusedTargetBarMs, serviceBarMs } from "../limits.js";
import { servedAfter, within } from "../measure.js";
import { defineRow, type Row } from "../row.js";
import { openSidePortal, type SidePortal } from "../side-portal.js";
import { startSilentTarget } from "../silent-target.js";
import { createSlowNamesNode } from "../slow-names.js";

interface TargetChain {
  readonly chain: Chain;
  readonly side: SidePortal;
  readonly targetPort: number;
}

const settle = ({ chain }: TargetChain): Promise<void> => chain.checkHealth();

/** Longest wait of an outlet for its target, with room for what tells the visitor, in milliseconds. */
const silentTargetBarMs = 11_000;

async function openWithPort(port: number): Promise<TargetChain> {
  const chain = await openChain();
  return { chain, targetPort: port, side: await openSidePortal(chain, `127.0.0.1:${port}`) };
}

/** Visits, and gives how long it took until the visitor's socket was closed by the portal. */
export async function untilTurnedAway(port: number): Promise<number> {
  const startedAt = performance.now();
  const end = await within("the visitor's socket is closed", endOf(startSocket(port)));
  if (end !== "reset") throw new Error(`The visitor's socket ${end}, as if the target had answered`);
  return performance.now() - startedAt;
}

/** Targets that do not answer as they should. */
export const targets: readonly Row[] = [
  defineRow({
    id: "target-refuses",
    fault: "target down: its port refuses; the target is started afterwards",
    detected: "the visitor's socket is reset, and `tcp-inlet show` says TARGET_REFUSED",
    recovered: "from the target listening: a new request is served",
    bars: { detectMs: refusedTargetBarMs, recoverMs: refusedTargetBarMs },
    open: async () => openWithPort(await freePort()),
    settle,
    inject: async ({ side, targetPort }) => {
      const detectMs = await untilTurnedAway(side.port);
      await side.showsFailure("TARGET_REFUSED");
      await startTarget((socket) => socket.pipe(socket), targetPort);
      const listensAt = performance.now();
      const answer = await within("the answer", exchange(side.port, Buffer.from("ping")));
      const lostBytes = String(answer) === "ping" ? 0 : 4;
      return { detectMs, recoverMs: performance.now() - listensAt, lostBytes };
    },
  }),
  defineRow({
    id: "target-killed",
    fault: "target goes down during a transfer (its sockets are reset, its port refuses), and comes back",
    detected: "the visitor's socket is reset",
    recovered: "from the target listening: a new request is served",
    bars: { detectMs: refusedTargetBarMs, recoverMs: refusedTargetBarMs },
    open: async () => openWithPort(await freePort()),
    settle,
    inject: async ({ side, targetPort }) => {
      const target = await startTarget((socket) => socket.pipe(socket), targetPort);
      const socket = await openSocket(side.port);
      const end = endOf(socket);
      const pump = (): void => void (socket.writable && socket.write(Buffer.alloc(65_536), pump));
      pump();
      await new Promise((resolve) => socket.once("data", resolve));
      const killedAt = performance.now();
      for (const each of target.sockets) each.resetAndDestroy();
      const closed = target.close();
      if ((await within("the visitor hears of it", end)) !== "reset")
        throw new Error("The stream ended politely");
      const detectMs = performance.now() - killedAt;
      await closed;
      await startTarget((each) => each.pipe(each), targetPort);
      const listensAt = performance.now();
      const answer = await within("the answer", exchange(side.port, Buffer.from("ping")));
      const lostBytes = String(answer) === "ping" ? 0 : 4;
      return { detectMs, recoverMs: performance.now() - listensAt, lostBytes };
    },
  }),
  defineRow({
    id: "target-silent",
    fault: "target silent: its system drops what asks for a connection (all injections at once)",
    detected:
      "the visitor's socket is reset, and `tcp-inlet show` says TARGET_TIMED_OUT; the outlet waits 10 s",
    recovered: "a request to another target over the same nodes, meanwhile",
    bars: { detectMs: silentTargetBarMs, recoverMs: serviceBarMs },
    isParallel: true,
    open: async () => openWithPort(await startSilentTarget()),
    settle,
    inject: async ({ chain, side }) => {
      const turnedAway = untilTurnedAway(side.port);
      const recoverMs = await servedAfter(chain, performance.now());
      const detectMs = await within("the visitor is turned away", turnedAway, patienceMs);
      await side.showsFailure(/TARGET_TIMED_OUT/);
      return { detectMs, recoverMs, lostBytes: 0 };
    },
  }),
  defineRow({
    id: "target-slow-name",
    fault: "target's name is slow to resolve: the name server does not answer (all injections at once)",
    detected:
      "the visitor's socket is reset, and `tcp-inlet show` says TARGET_TIMED_OUT or TARGET_UNRESOLVED",
    recovered: "a request to a target of the same node that has an address, meanwhile",
    bars: { detectMs: silentTargetBarMs, recoverMs: serviceBarMs },
    isParallel: true,
    missing: () => (process.getuid?.() === 0 ? undefined : "it takes root to change how names resolve"),
    open: async () => {
      const chain = await openChain();
      await createSlowNamesNode(chain.workspace, "slow");
      const route = `/node/relay/service/forward_to_slow`;
      await chain.workspace.ok("relay create slow --at /node/relay --to slow");
      const target = await startTarget((socket) => socket.pipe(socket));
      const node = { at: "slow", route };
      return {
        chain,
        named: await openSidePortal(chain, "slow.test:80", node),
        addressed: await openSidePortal(chain, `127.0.0.1:${target.port}`, node),
      };
    },
    settle: ({ chain }) => chain.checkHealth(),
    inject: async ({ named, addressed }) => {
      const turnedAway = untilTurnedAway(named.port);
      const askedAt = performance.now();
      const answer = await within(
        "the answer of the other target",
        exchange(addressed.port, Buffer.from("ping")),
      );
      const recoverMs = performance.now() - askedAt;
      const detectMs = await turnedAway;
      await named.showsFailure(/TARGET_(TIMED_OUT|UNRESOLVED)/);
      return { detectMs, recoverMs, lostBytes: String(answer) === "ping" ? 0 : 4 };
    },
  }),
];
