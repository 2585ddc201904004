import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Chain, chainNodes } from "../../engine/chain.js";
import { endOf, exchange, openSocket, randomContent } from "../../harness/clients.js";
import { residentBytes } from "../../harness/processes.js";
import { startDigestTarget, startEchoTarget, startFloodTarget, type Target } from "../../harness/targets.js";
import { eventually, within } from "../../harness/waiting.js";
import { barMs, openSide, type Row, type RowPlan, row, type SideChain } from "../row.js";
import { servedAfter } from "./refusal.js";

interface VisitedChain extends SideChain {
  /** Memory of each node before anybody visited, in bytes. */
  readonly memory: readonly number[];
}

const memoryOf = (chain: Chain): number[] => chainNodes.map((name) => residentBytes(chain.pidOf(name)));

/** Most that a node may grow, in bytes: windows, and what a collector has not given back yet; without bounds it would be gigabytes. */
const maxGrowthBytes = 200 * 2 ** 20;

/** A row beside whose nodes a target of its own is visited. */
function visited(start: () => Promise<Target>, plan: RowPlan<VisitedChain>): Row {
  return row<VisitedChain>({
    ...plan,
    open: async () => {
      const opened = await openSide(start);
      return { ...opened, memory: memoryOf(opened.chain) };
    },
    settle: ({ chain, memory }) => {
      const growth = memoryOf(chain).map((bytes, index) => bytes - (memory[index] ?? 0));
      if (Math.max(...growth) > maxGrowthBytes) throw new Error(`The nodes grew by ${growth} bytes`);
    },
  });
}

function openSockets(port: number, count: number): Promise<Socket[]> {
  return Promise.all(Array.from({ length: count }, () => openSocket(port)));
}

/** A visitor who got its first byte back. */
async function greet(port: number): Promise<Socket> {
  const socket = await openSocket(port);
  socket.write("x");
  await within("the first answer", once(socket, "data"));
  return socket;
}

/** Visitors who do not behave. */
export const visitorFaults: readonly Row[] = [
  visited(startFloodTarget, {
    id: "client-leaves",
    proves: "[portal-reset] [portal-server-first]",
    fault: "10 clients leave early, half of them in the middle of a download",
    bars: { detectMs: barMs.served, recoverMs: barMs.served },
    inject: async ({ chain, side, target }) => {
      const sockets = await openSockets(side.port, 10);
      // The target speaks first, and nobody says anything to it.
      await Promise.all(sockets.slice(5).map((socket) => within("the first bytes", once(socket, "data"))));
      const leftAt = performance.now();
      for (const socket of sockets) socket.destroy();
      const recoverMs = await servedAfter(chain, leftAt);
      const isOver = (): boolean => target.sockets.every(({ destroyed }) => destroyed);
      await eventually("the target's sockets are closed", isOver);
      return { detectMs: performance.now() - leftAt, recoverMs };
    },
  }),
  visited(startDigestTarget, {
    id: "client-half-closes",
    proves: "[portal-half-close]",
    fault: "client ends its direction after 1 MB and waits for the answer, which exists only then",
    bars: { recoverMs: barMs.served },
    inject: async ({ side }) => {
      const { bytes, digest } = randomContent(1_000_000);
      const startedAt = performance.now();
      const answer = await within("the answer", exchange(side.port, bytes));
      const lostBytes = String(answer) === digest ? 0 : bytes.length;
      return { recoverMs: performance.now() - startedAt, lostBytes };
    },
  }),
  visited(startEchoTarget, {
    id: "client-resets",
    proves: "[portal-reset]",
    fault: "client resets its connection",
    bars: { detectMs: barMs.served, recoverMs: barMs.served },
    inject: async ({ chain, side, target }) => {
      const client = await greet(side.port);
      const end = endOf(target.sockets.at(-1) as Socket);
      const resetAt = performance.now();
      client.resetAndDestroy();
      const recoverMs = servedAfter(chain, resetAt);
      if ((await within("the target hears of it", end)) !== "reset")
        throw new Error("The target saw a good end");
      return { detectMs: performance.now() - resetAt, recoverMs: await recoverMs };
    },
  }),
  visited(startFloodTarget, {
    id: "reader-never-reads",
    proves: "[portal-slow-reader] [pressure-own-producer] [pressure-nobody-else]",
    fault: "20 clients never read what a target sends without end",
    bars: { recoverMs: barMs.served },
    inject: async ({ chain, side, target }) => {
      const startedAt = performance.now();
      for (const socket of await openSockets(side.port, 20)) socket.pause();
      const carried = (): number => target.sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
      let heldAt = startedAt;
      await eventually("the senders are held up", async () => {
        const before = carried();
        heldAt = performance.now();
        await sleep(300);
        return before > 0 && carried() === before;
      });
      return { detectMs: heldAt - startedAt, recoverMs: await servedAfter(chain) };
    },
  }),
  visited(startEchoTarget, {
    id: "idle-1000",
    proves: "[portal-idle] [portal-concurrent]",
    fault: "1000 streams are open and idle",
    bars: { recoverMs: barMs.served },
    inject: async ({ chain, side }) => {
      const sockets: Socket[] = [];
      while (sockets.length < 1_000) {
        sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => greet(side.port)))));
      }
      await within("a request beside them", chain.probe());
      const askedAt = performance.now();
      const answers = sockets.map(async (socket) => {
        socket.write("y");
        const [answer] = (await once(socket, "data")) as [Buffer];
        return String(answer) === "y" ? 0 : 1;
      });
      const lost = await within("all answers", Promise.all(answers));
      const recoverMs = performance.now() - askedAt;
      return { recoverMs, lostBytes: lost.reduce<number>((sum, each) => sum + each, 0) };
    },
  }),
];
