import { once } from "node:events";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { digestOf, endOf, exchange, openSocket, randomContent, startSocket } from "./harness/clients.js";
import { eventually } from "./harness/eventually.js";
import { startFaultyUdp } from "./harness/faulty-udp.js";
import { longTestMs } from "./harness/limits.js";
import { portOf } from "./harness/ports.js";
import { hasProc, isRunning, killProcess, residentBytes, socketsOf } from "./harness/processes.js";
import { openRelayedPortal } from "./harness/relayed-portal.js";
import { startSlowSource } from "./harness/slow-source.js";
import { startDigestTarget, startEchoTarget, startTarget } from "./harness/targets.js";
import { type NodeView, openWorkspace } from "./harness/workspace.js";

const megabyte = 1_000_000;

/** Waits until a socket has received so much. */
function received(socket: Socket, bytes: number): Promise<unknown> {
  return eventually(`${bytes} bytes arrive`, () => socket.bytesRead >= bytes);
}

describe("a transfer in progress", () => {
  it(
    "finishes byte-exact after the relay was killed and started again [portal-relay-restart] [tcp-reconnect]",
    async () => {
      const { bytes, digest } = randomContent(30 * megabyte);
      const { workspace, port, pids } = await openRelayedPortal(await startSlowSource(bytes, 10 * megabyte));
      const socket = await openSocket(port);
      const content = buffer(socket);
      await received(socket, 3 * megabyte);
      killProcess(pids.relay);
      await eventually("the relay's node is gone", () => !isRunning(pids.relay));
      await workspace.ok("node start relay");
      expect(digestOf(await content)).toBe(digest);
    },
    longTestMs,
  );

  it(
    "finishes byte-exact after connections were reset, again and again [portal-relay-restart]",
    async () => {
      const { bytes, digest } = randomContent(20 * megabyte);
      const { port, wires } = await openRelayedPortal(await startSlowSource(bytes, 8 * megabyte));
      const socket = await openSocket(port);
      const content = buffer(socket);
      for (let round = 1; round <= 4; round++) {
        await received(socket, round * 3 * megabyte);
        wires[round % 2]?.reset();
      }
      expect(digestOf(await content)).toBe(digest);
    },
    longTestMs,
  );

  it(
    "finishes byte-exact after the network was cut without a word and came back [portal-path-cut]",
    async () => {
      const { bytes, digest } = randomContent(20 * megabyte);
      const { port, wires } = await openRelayedPortal(await startSlowSource(bytes, 8 * megabyte));
      const socket = await openSocket(port);
      const content = buffer(socket);
      await received(socket, 3 * megabyte);
      wires[1].cut();
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      wires[1].heal();
      expect(digestOf(await content)).toBe(digest);
    },
    longTestMs,
  );

  it(
    "is reset, never cut short, when its other end is killed and started again [portal-end-restart]",
    async () => {
      const { bytes } = randomContent(50 * megabyte);
      const { workspace, port, pids } = await openRelayedPortal(await startSlowSource(bytes, 5 * megabyte));
      const socket = await openSocket(port);
      const end = endOf(socket);
      await received(socket, 3 * megabyte);
      killProcess(pids.far);
      await workspace.ok("node start far");
      expect(await end).toBe("reset");
      // And new connections work again.
      const fresh = await openSocket(port);
      fresh.resume();
      await received(fresh, megabyte);
    },
    longTestMs,
  );

  it(
    "finishes when a node is stopped for a while and goes on [portal-path-cut]",
    async () => {
      const { bytes, digest } = randomContent(20 * megabyte);
      const { port, pids } = await openRelayedPortal(await startSlowSource(bytes, 8 * megabyte));
      const socket = await openSocket(port);
      const content = buffer(socket);
      for (const pid of [pids.relay, pids.far, pids.near]) {
        await received(socket, socket.bytesRead + 2 * megabyte);
        killProcess(pid, "SIGSTOP");
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        killProcess(pid, "SIGCONT");
      }
      expect(digestOf(await content)).toBe(digest);
    },
    longTestMs,
  );

  it.each(["near", "far"] as const)(
    "finishes when node %s is asked to end [node-drain]",
    async (name) => {
      const { bytes, digest } = randomContent(4 * megabyte);
      const { port, pids } = await openRelayedPortal(await startSlowSource(bytes, 3 * megabyte));
      const socket = await openSocket(port);
      const content = buffer(socket);
      await received(socket, megabyte);
      killProcess(pids[name], "SIGTERM");
      expect(digestOf(await content)).toBe(digest);
      await eventually(`${name} has ended`, () => !isRunning(pids[name]));
    },
    longTestMs,
  );

  it(
    "finishes when the relay's node is asked to end and started again [node-drain] [portal-relay-restart]",
    async () => {
      const { bytes, digest } = randomContent(8 * megabyte);
      const { workspace, port } = await openRelayedPortal(await startSlowSource(bytes, 4 * megabyte));
      const socket = await openSocket(port);
      const content = buffer(socket);
      await received(socket, megabyte);
      await workspace.ok("node stop relay");
      await workspace.ok("node start relay");
      expect(digestOf(await content)).toBe(digest);
    },
    longTestMs,
  );
});

describe("a portal over UDP", () => {
  it(
    "carries every byte although datagrams are lost, doubled and reordered [portal-loss] [udp-unreliable] [udp-large]",
    async () => {
      const { ok, createNode } = openWorkspace();
      const { bytes, digest } = randomContent(3 * megabyte);
      const target = await startDigestTarget();
      for (const name of ["near", "far"]) await createNode(name);
      const listener = portOf(await ok("udp-listener create 127.0.0.1:0 --at far"));
      const wire = await startFaultyUdp(listener, { lost: 0.02, doubled: 0.02, late: 0.05 });
      const connection = await ok(`udp-connection create --from near --to 127.0.0.1:${wire}`);
      await ok(`tcp-outlet create --at far --to 127.0.0.1:${target.port}`);
      const inlet = await ok(`tcp-inlet create --at near --to ${connection}/service/outlet`);
      expect((await exchange(portOf(inlet), bytes)).toString()).toBe(digest);
    },
    longTestMs,
  );

  it(
    "tells the peers of one listener apart, and carries more than a datagram [udp-peers] [udp-large]",
    async () => {
      const { ok, createNode } = openWorkspace();
      await createNode("far");
      const listener = portOf(await ok("udp-listener create 127.0.0.1:0 --at far"));
      const large = "long text ".repeat(2_000).trim().replaceAll(" ", "_");
      const names = ["one", "two", "three"];
      for (const name of names) await createNode(name);
      const replies = names.map(async (name) => {
        const connection = await ok(`udp-connection create --from ${name} --to 127.0.0.1:${listener}`);
        return ok(`message send ${name}_${large} --from ${name} --to ${connection}/service/uppercase`);
      });
      expect(await Promise.all(replies)).toEqual(names.map((name) => `${name}_${large}`.toUpperCase()));
    },
    longTestMs,
  );
});

describe("visitors who misbehave", () => {
  it(
    "leave nothing behind when they leave early",
    async () => {
      const target = await startEchoTarget();
      const { workspace, port, pids } = await openRelayedPortal(target);
      expect((await exchange(port, Buffer.from("x"))).toString()).toBe("x");
      const before = hasProc ? socketsOf(pids.near) : 0;
      for (let round = 0; round < 50; round++) {
        const socket = await openSocket(port);
        if (round % 2 === 0) socket.resetAndDestroy();
        else socket.destroy();
      }
      await eventually("the target's sockets are closed", () =>
        target.sockets.every((socket) => socket.destroyed || socket.readableEnded),
      );
      if (hasProc)
        await eventually("the inlet's sockets are closed", () => socketsOf(pids.near) <= before + 1);
      expect((await workspace.json<NodeView>("node show near")).pid).toBe(pids.near);
      expect((await exchange(port, Buffer.from("x"))).toString()).toBe("x");
    },
    longTestMs,
  );

  it(
    "hold up their own sender and nobody else when they never read [portal-slow-reader] [pressure-own-producer] [pressure-nobody-else]",
    async () => {
      const streams = 20;
      const block = Buffer.alloc(megabyte);
      const flood = await startTarget((socket) => {
        const fill = (): void => {
          while (socket.writable && socket.write(block)) {
            // Until the socket asks to wait.
          }
        };
        socket.on("drain", fill);
        fill();
      });
      const { workspace, port, pids } = await openRelayedPortal(flood);
      const { bytes, digest } = randomContent(10 * megabyte);
      const digestTarget = await startDigestTarget();
      await workspace.ok(`tcp-outlet create --at far --from other --to 127.0.0.1:${digestTarget.port}`);
      const other = await workspace.ok(
        "tcp-inlet create --at near --to /node/relay/service/forward_to_far/service/other",
      );
      expect((await exchange(portOf(other), bytes)).toString()).toBe(digest);
      const before = Object.values(pids).map(residentBytes);

      for (let index = 0; index < streams; index++) (await openSocket(port)).pause();
      await eventually("all senders are held up", async () => {
        const carried = () => flood.sockets.reduce((sum, socket) => sum + socket.bytesWritten, 0);
        const sum = carried();
        await new Promise((resolve) => setTimeout(resolve, 500));
        return flood.sockets.length === streams && carried() === sum;
      });
      expect((await exchange(portOf(other), bytes)).toString()).toBe(digest);
      const growth = Object.values(pids).map((pid, index) => residentBytes(pid) - (before[index] ?? 0));
      // Windows and unsent bytes of 20 streams are 15 MiB. The rest is what a collector has not given back yet; without bounds it
      // would be gigabytes within seconds.
      for (const bytes of growth) expect(bytes).toBeLessThan(200 * 2 ** 20);
    },
    longTestMs,
  );

  it(
    "get the rest when they begin to read late [portal-slow-reader]",
    async () => {
      const { bytes, digest } = randomContent(20 * megabyte);
      const { port } = await openRelayedPortal(await startTarget((socket) => socket.end(bytes)));
      const socket = (await openSocket(port)).pause();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expect(digestOf(await buffer(socket))).toBe(digest);
    },
    longTestMs,
  );
});

describe("a target that changes", () => {
  it(
    "may be restarted between connections [portal-target-fails]",
    async () => {
      const first = await startEchoTarget();
      const { port } = await openRelayedPortal(first);
      expect(String(await exchange(port, Buffer.from("one")))).toBe("one");
      await first.close();
      expect(await endOf(startSocket(port))).toBe("reset");
      await startTarget((socket) => socket.pipe(socket), first.port);
      await eventually(
        "the target is back",
        async () => String(await exchange(port, Buffer.from("two"))) === "two",
      );
    },
    longTestMs,
  );

  it(
    "may be silent for long, and idle streams live on",
    async () => {
      const { port } = await openRelayedPortal(await startEchoTarget());
      const socket = await openSocket(port);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      socket.write("still there?");
      const [answer] = await once(socket, "data");
      expect(String(answer)).toBe("still there?");
    },
    longTestMs,
  );
});
