import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, type NetConnectOpts } from "node:net";
import { join } from "node:path";
import { Chain } from "../../engine/chain.js";
import { echoLoss } from "../../harness/clients.js";
import { onFinished } from "../../harness/on-finished.js";
import { portOf } from "../../harness/ports.js";
import { startEchoTarget } from "../../harness/targets.js";
import { within } from "../../harness/waiting.js";
import { barMs, openSide, type Row, row } from "../row.js";
import { servedAfter } from "./refusal.js";

/** What no node would send: nothing, zeros, ones, an HTTP request, a TLS hello, a length of 4 GiB, and noise. */
const hostileBytes: readonly Uint8Array[] = [
  new Uint8Array(0),
  new Uint8Array(1),
  new Uint8Array(65_536),
  new Uint8Array(65_536).fill(0xff),
  Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  Buffer.from("16030100d8010000d40303", "hex"),
  Buffer.from("ffffffff00", "hex"),
  randomBytes(1_000_000),
];

/** Longest life of a stalled request over HTTP, in milliseconds: Node looks for those every 30 s, and 10 s are given. */
const stalledRequestBarMs = 45_000;

/** Sends all hostile bytes, each over a connection of its own; every other one is left open. Resolves when all were closed. */
async function attack(place: NetConnectOpts): Promise<void> {
  const closed = hostileBytes.map(async (bytes, index) => {
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

function attacked(
  id: string,
  name: string,
  limitMs: number,
  placeOf: (chain: Chain) => Promise<NetConnectOpts> | NetConnectOpts,
): Row {
  return row({
    id,
    proves: limitMs === barMs.dead ? "[tcp-hostile-bytes]" : "",
    fault: `garbage, oversize, truncated and stalled frames on ${name} of the relay (all injections at once)`,
    bars: { detectMs: limitMs, recoverMs: barMs.served },
    isParallel: true,
    inject: async ({ chain }) => {
      const place = await placeOf(chain);
      const startedAt = performance.now();
      const over = attack(place);
      const recoverMs = await servedAfter(chain, startedAt);
      await chain.workspace.ok("node show relay");
      await within("all hostile connections are closed", over, 2 * limitMs);
      return { detectMs: performance.now() - startedAt, recoverMs };
    },
  });
}

/** Bytes that make no sense, on everything that listens. */
export const hostileFaults: readonly Row[] = [
  attacked("hostile-tcp", "the TCP listener", barMs.dead, async ({ workspace }) => ({
    host: "127.0.0.1",
    port: await workspace.tcpPort("relay"),
  })),
  attacked("hostile-control", "the control socket", stalledRequestBarMs, ({ workspace }) => ({
    path: join(workspace.home, "state", "relay", "control.sock"),
  })),
  attacked("hostile-http", "the HTTP server", stalledRequestBarMs, (chain) => ({
    host: "127.0.0.1",
    port: portOf(chain.httpPlace("relay")),
  })),
  row({
    id: "hostile-udp",
    proves: "[tcp-hostile-bytes]",
    fault: "garbage, empty and oversize datagrams on a UDP listener of the relay",
    bars: { recoverMs: barMs.served },
    open: async () => {
      const chain = await Chain.open();
      const port = portOf(await chain.workspace.ok("udp-listener create 127.0.0.1:0 --at relay"));
      await chain.markSockets();
      return { chain, port };
    },
    inject: async ({ chain, port }) => {
      const socket = createSocket("udp4");
      for (const bytes of hostileBytes) {
        const datagram = bytes.subarray(0, 60_000);
        await new Promise((resolve) => socket.send(datagram, port, "127.0.0.1", resolve));
      }
      socket.close();
      return { recoverMs: await servedAfter(chain) };
    },
  }),
  row({
    id: "hostile-inlet",
    proves: "[tcp-hostile-bytes]",
    fault: "the same bytes on an inlet: there they are what a visitor says",
    bars: { recoverMs: barMs.served },
    open: () => openSide(startEchoTarget),
    inject: async ({ side }) => {
      const startedAt = performance.now();
      const losses = hostileBytes.map((bytes) => echoLoss(side.port, bytes));
      const lost = await within("all answers", Promise.all(losses));
      const lostBytes = lost.reduce((sum, each) => sum + each, 0);
      return { recoverMs: performance.now() - startedAt, lostBytes };
    },
  }),
];
