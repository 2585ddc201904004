import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { Chain } from "../../engine/chain.js";
import { endOf, exchange, openSocket } from "../../harness/clients.js";
import { onFinished } from "../../harness/on-finished.js";
import { succeed } from "../../harness/run-command.js";
import { startEchoTarget } from "../../harness/targets.js";
import { within } from "../../harness/waiting.js";
import { cleanEnvironment, culvert, type Workspace } from "../../harness/workspace.js";
import { barMs, openSide, type Row, row } from "../row.js";
import { servedAfter, untilTurnedAway } from "./refusal.js";

/** Longest wait of an outlet for its target, with room for what tells the visitor, in milliseconds. */
const silentTargetBarMs = 11_000;

/** Asks an echo target something; gives how long the answer took, in milliseconds, and what is lost of it. */
async function ask(port: number): Promise<{ readonly recoverMs: number; readonly lostBytes: number }> {
  const askedAt = performance.now();
  const answer = await within("the answer", exchange(port, "ping"));
  return { recoverMs: performance.now() - askedAt, lostBytes: String(answer) === "ping" ? 0 : 4 };
}

/** Starts a server whose port does not answer: its process is stopped, and its queue is full. */
async function startSilentTarget(): Promise<{ readonly port: number }> {
  const program = `require("net").createServer().listen(0, "127.0.0.1", 1, function () { console.log(this.address().port) })`;
  const child = execa(process.execPath, ["-e", program], { buffer: false, reject: false });
  onFinished(() => child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(line);
  child.kill("SIGSTOP");
  const fillsQueue = (): Promise<boolean> => {
    const socket: Socket = connect({ host: "127.0.0.1", port }).on("error", () => {});
    onFinished(() => void socket.destroy());
    // Within this time loopback connects, or never: the system drops what asks.
    return Promise.race([once(socket, "connect").then(() => true), sleep(300, false)]);
  };
  while (await fillsQueue()) {
    // Until one is not answered.
  }
  return { port };
}

/** Creates a node for which names are slow to resolve: it sees a resolv.conf of its own, with a name server that answers nothing. */
async function createSlowNamesNode({ home }: Workspace, name: string): Promise<void> {
  const server = ["127", ...Array.from({ length: 3 }, () => 1 + Math.floor(Math.random() * 250))].join(".");
  // Where name servers are asked: resolv.conf cannot say another port.
  const socket = createSocket("udp4").bind(53, server);
  onFinished(() => void socket.close());
  await once(socket, "listening");
  const configuration = join(home, "resolv.conf");
  writeFileSync(configuration, `nameserver ${server}\n`);
  const mount = `mount --bind ${configuration} /etc/resolv.conf && exec "$@"`;
  const args = ["--mount", "sh", "-c", mount, "sh", ...culvert, "node", "create", name];
  await succeed("unshare", args, cleanEnvironment(home));
}

/** Targets that do not answer as they should. */
export const targets: readonly Row[] = [
  row({
    id: "target-refuses",
    proves: "[portal-target-fails] [portal-reset] [refusal-precise]",
    fault: "target down: its port refuses; the target is started afterwards",
    bars: { detectMs: barMs.told, recoverMs: barMs.told },
    open: () => openSide(startEchoTarget),
    inject: async ({ side, target }) => {
      await target.goDown();
      const detectMs = await untilTurnedAway(side.port);
      await side.showsFailure("TARGET_REFUSED");
      await target.comeBack();
      return { detectMs, ...(await ask(side.port)) };
    },
  }),
  row({
    id: "target-killed",
    proves: "[portal-reset]",
    fault: "target goes down during a transfer (its sockets are reset, its port refuses), and comes back",
    bars: { detectMs: barMs.told, recoverMs: barMs.told },
    open: () => openSide(startEchoTarget),
    inject: async ({ side, target }) => {
      const socket = await openSocket(side.port);
      const end = endOf(socket);
      const pump = (): void => void (socket.writable && socket.write(Buffer.alloc(65_536), pump));
      pump();
      await once(socket, "data");
      const killedAt = performance.now();
      const down = target.goDown();
      if ((await within("the visitor hears of it", end)) !== "reset")
        throw new Error("The stream ended politely");
      const detectMs = performance.now() - killedAt;
      await down;
      await target.comeBack();
      return { detectMs, ...(await ask(side.port)) };
    },
  }),
  row({
    id: "target-silent",
    proves: "[portal-target-fails]",
    fault: "target silent: its system drops what asks for a connection (all injections at once)",
    bars: { detectMs: silentTargetBarMs, recoverMs: barMs.served },
    isParallel: true,
    open: () => openSide(startSilentTarget),
    inject: async ({ chain, side }) => {
      const turnedAway = untilTurnedAway(side.port);
      const recoverMs = await servedAfter(chain);
      const detectMs = await turnedAway;
      await side.showsFailure("TARGET_TIMED_OUT");
      return { detectMs, recoverMs };
    },
  }),
  row({
    id: "target-slow-name",
    proves: "[portal-target-fails]",
    fault: "target's name is slow to resolve: the name server does not answer (all injections at once)",
    bars: { detectMs: silentTargetBarMs, recoverMs: barMs.served },
    isParallel: true,
    needsRoot: true,
    open: async () => {
      const chain = await Chain.open();
      await createSlowNamesNode(chain.workspace, "slow");
      await chain.workspace.ok("relay create slow --at /node/relay --to slow");
      const { port } = await startEchoTarget();
      const route = "/node/relay/service/forward_to_slow";
      const named = await chain.openSidePortal("slow.test:80", "slow", route);
      return { chain, named, addressed: await chain.openSidePortal(port, "slow", route) };
    },
    inject: async ({ named, addressed }) => {
      const turnedAway = untilTurnedAway(named.port);
      const answered = await ask(addressed.port);
      const detectMs = await turnedAway;
      await named.showsFailure(/TARGET_(TIMED_OUT|UNRESOLVED)/);
      return { detectMs, ...answered };
    },
  }),
];
