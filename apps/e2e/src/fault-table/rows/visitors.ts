import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { endOf, exchange, openSocket, randomContent } from "../../harness/clients.js";
import { eventually } from "../../harness/eventually.js";
import { residentBytes } from "../../harness/processes.js";
import { startDigestTarget, startTarget, type Target } from "../../harness/targets.js";
import { type Chain, nodeNames, openChain } from "../chain.js";
import { serviceBarMs } from "../limits.js";
import { servedAfter, within } from "../measure.js";
import { defineRow, type Row } from "../row.js";
import { openSidePortal, type SidePortal } from "../side-portal.js";

interface VisitedChain {
  readonly chain: Chain;
  readonly side: SidePortal;
  readonly target: Target;
  /** Memory of each node before anybody visited, in bytes. */
  readonly memory: readonly number[];
}

async function openWithTarget(start: () => Promise<Target>): Promise<VisitedChain> {
  const chain = await openChain();
  const target = await start();
  const side = await openSidePortal(chain, `127.0.0.1:${target.port}`);
  return { chain, target, side, memory: memoryOf(chain) };
}

const memoryOf = ({ pidOf }: Chain): number[] => nodeNames.map((name) => residentBytes(pidOf(name)));

/** Most that a node may grow, in bytes: windows, and what a collector has not given back yet; without bounds it would be gigabytes. */
const maxGrowthBytes = 200 * 2 ** 20;

async function settle({ chain, memory }: VisitedChain): Promise<void> {
  await chain.checkHealth();
  memoryOf(chain).forEach((bytes, index) => {
    const growth = bytes - (memory[index] ?? 0);
    if (growth > maxGrowthBytes) throw new Error(`Node ${nodeNames[index]} grew by ${growth} bytes`);
  });
}

const block = Buffer.alloc(262_144);

/** Sends to each connection as much as it takes. */
function startFlood(): Promise<Target> {
  return startTarget((socket) => {
    const fill = (): void => {
      while (socket.writable && socket.write(block)) {
        // Until the socket asks to wait.
      }
    };
    socket.on("drain", fill);
    fill();
  });
}

const startEcho = (): Promise<Target> => startTarget((socket) => socket.pipe(socket));

const visitors = 10;
const idleVisitors = 1_000;
const neverReading = 10;

/** A visitor who got its first byte back. */
async function greet(port: number): Promise<Socket> {
  const socket = (await openSocket(port)).on("error", () => {});
  socket.write("x");
  await within("the first answer", once(socket, "data"));
  return socket;
}

/** Visitors who do not behave. */
export const visitorFaults: readonly Row[] = [
  defineRow({
    id: "client-leaves",
    fault: `${visitors} clients leave early, half of them in the middle of a download`,
    detected: "all their connections at the target are closed",
    recovered: "from the leave: a new request is served",
    bars: { detectMs: serviceBarMs, recoverMs: serviceBarMs },
    open: () => openWithTarget(startFlood),
    settle,
    inject: async ({ chain, side, target }) => {
      const sockets = await Promise.all(Array.from({ length: visitors }, () => openSocket(side.port)));
      await Promise.all(sockets.slice(visitors / 2).map((socket) => once(socket, "data")));
      const leftAt = performance.now();
      for (const socket of sockets) socket.destroy();
      const recoverMs = await servedAfter(chain, leftAt);
      await eventually("the target's sockets are closed", () =>
        target.sockets.every(({ destroyed }) => destroyed),
      );
      return { detectMs: performance.now() - leftAt, recoverMs, lostBytes: 0 };
    },
  }),
  defineRow({
    id: "client-half-closes",
    fault: "client ends its direction after 1 MB and waits for the answer",
    detected: "the target sees the end",
    recovered: "from the end: the whole answer has come",
    bars: { recoverMs: serviceBarMs },
    open: () => openWithTarget(startDigestTarget),
    settle,
    inject: async ({ side }) => {
      const { bytes, digest } = randomContent(1_000_000);
      const startedAt = performance.now();
      const answer = await within("the answer", exchange(side.port, bytes));
      const lostBytes = String(answer) === digest ? 0 : bytes.length;
      return { recoverMs: performance.now() - startedAt, lostBytes };
    },
  }),
  defineRow({
    id: "client-resets",
    fault: "client resets its connection",
    detected: "the target's connection is reset, not ended",
    recovered: "from the reset: a new request is served",
    bars: { detectMs: serviceBarMs, recoverMs: serviceBarMs },
    open: () => openWithTarget(startEcho),
    settle,
    inject: async ({ chain, side, target }) => {
      const client = await greet(side.port);
      const end = endOf(target.sockets.at(-1) as Socket);
      const resetAt = performance.now();
      client.resetAndDestroy();
      const recoverMs = servedAfter(chain, resetAt);
      if ((await within("the target hears of it", end)) !== "reset")
        throw new Error("The target saw a good end");
      return { detectMs: performance.now() - resetAt, recoverMs: await recoverMs, lostBytes: 0 };
    },
  }),
  defineRow({
    id: "reader-never-reads",
    fault: `${neverReading} clients never read what a target sends without end`,
    detected: "the target is held up",
    recovered: "meanwhile: a request beside them is served; at the end no node has grown by 200 MiB",
    bars: { recoverMs: serviceBarMs },
    open: () => openWithTarget(startFlood),
    settle,
    inject: async ({ chain, side, target }) => {
      const startedAt = performance.now();
      const sockets = await Promise.all(Array.from({ length: neverReading }, () => openSocket(side.port)));
      for (const socket of sockets) socket.pause();
      const carried = (): number => target.sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
      let heldAt = startedAt;
      await eventually("the senders are held up", async () => {
        const before = carried();
        heldAt = performance.now();
        await sleep(300);
        return carried() === before;
      });
      const recoverMs = await servedAfter(chain, performance.now());
      return { detectMs: heldAt - startedAt, recoverMs, lostBytes: 0 };
    },
  }),
  defineRow({
    id: "idle-1000",
    fault: `${idleVisitors} streams are open and idle`,
    detected: "nobody has to be told",
    recovered: "all of them are asked at once: until the last one answered",
    bars: { recoverMs: serviceBarMs },
    open: () => openWithTarget(startEcho),
    settle,
    inject: async ({ chain, side }) => {
      const sockets: Socket[] = [];
      while (sockets.length < idleVisitors) {
        sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => greet(side.port)))));
      }
      await within("a request beside them", chain.visit());
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
