import { type Message, request } from "@x/core";
import { MemoryNetwork, memory } from "@x/transport-memory";
import { tcp } from "@x/transport-tcp";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createNode } from "../create-node.js";
import type { Node, NodeOptions } from "../node.js";
import { startEcho } from "../services/echo.js";
import { startHop } from "../services/hop.js";
import { Patience } from "./patience.js";

const open: Node[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((node) => node.close()));
});

function node(options: NodeOptions = {}): Node {
  const made = createNode(options);
  open.push(made);
  return made;
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5000, interval: 2 });
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const kilobyte = new Uint8Array(1024);

/** Says whether a promise is still pending after the microtasks of this turn. */
async function isPending(promise: Promise<void> | undefined): Promise<boolean> {
  let pending = promise !== undefined;
  void promise?.then(() => {
    pending = false;
  });
  await nextTurn();
  return pending;
}

/** Sends as fast as it may until it has to wait for longer than a turn, or has sent all. */
async function sendUntilHeld(
  from: Node,
  onwardRoute: string[],
  returnRoute: string[],
  most: number,
): Promise<number> {
  for (let sent = 1; sent <= most; sent++) {
    const room = from.own.send({ onwardRoute, returnRoute, payload: kilobyte });
    if (await isPending(room)) return sent;
  }
  return most;
}

describe("a slow worker", () => {
  it("slows who sends to it over the network, and nobody else", async () => {
    const network = new MemoryNetwork();
    const transports = [memory({ network, softQueueBytes: 16_384, hardQueueBytes: 1_048_576 })];
    const [fast, slow] = [node({ transports }), node({ transports })];
    const n2 = node({ transports, limits: { congestionPatienceMs: 1500 } });
    await n2.listen("memory#n2");
    startEcho(n2);
    n2.startWorker(() => new Promise(() => {}), {
      address: "slow",
      exposure: "network",
      maxQueuedMessages: 16,
    });
    const { worker: slowToN2 } = await slow.connect("memory#n2");
    const { worker: fastToN2 } = await fast.connect("memory#n2");
    const refusals: Message[] = [];
    const sender = slow.startWorker((message) => void refusals.push(message), { exposure: "network" });
    const sent = await sendUntilHeld(slow, [slowToN2, "slow"], [sender.address], 500);
    expect(sent).toBeLessThan(100);
    const reply = await request(fast.own, [fastToN2, "echo"], kilobyte, { timeoutMs: 1200 });
    expect(reply.payload).toHaveLength(1024);
    // The patience ends, so that the slow one's own connection serves its other traffic again.
    await expect(request(slow.own, [slowToN2, "echo"], kilobyte)).resolves.toBeDefined();
    // What then exceeds the hard bound is refused.
    for (let i = 0; i < 20; i++)
      void slow.own.send({
        onwardRoute: [slowToN2, "slow"],
        returnRoute: [sender.address],
        payload: kilobyte,
      });
    await until(() => expect(refusals.map(({ refusal }) => refusal?.code)).toContain("WORKER_BUSY"));
  });
});

describe("a worker that one sender floods", () => {
  it("takes what others send, and tells the flooding one that its messages gave way", async () => {
    const network = new MemoryNetwork();
    const transports = [memory({ network })];
    const [hog, honest] = [node({ transports }), node({ transports })];
    const n2 = node({ transports, limits: { congestionPatienceMs: 10 } });
    await n2.listen("memory#n2");
    const handled: string[] = [];
    const waiting: (() => void)[] = [];
    n2.startWorker(
      (message) => {
        handled.push(message.text());
        return new Promise<void>((resolve) => waiting.push(resolve));
      },
      { address: "slow", exposure: "network", maxQueuedMessages: 16 },
    );
    const { worker: hogToN2 } = await hog.connect("memory#n2");
    const { worker: honestToN2 } = await honest.connect("memory#n2");
    const refusals: Message[] = [];
    const sender = hog.startWorker((message) => void refusals.push(message), { exposure: "network" });
    const flood = (): void => {
      for (let i = 0; i < 40; i++)
        void hog.own.send({ onwardRoute: [hogToN2, "slow"], returnRoute: [sender.address], payload: "hog" });
    };
    flood();
    await until(() => expect(refusals.length).toBe(40 - 1 - 16));
    const honestRefusals: Message[] = [];
    const asker = honest.startWorker((message) => void honestRefusals.push(message), { exposure: "network" });
    for (let i = 0; i < 8; i++)
      void honest.own.send({
        onwardRoute: [honestToN2, "slow"],
        returnRoute: [asker.address],
        payload: `honest ${i}`,
      });
    await until(() => expect(refusals.length).toBe(40 - 1 - 8));
    flood();
    await until(() => expect(refusals.length).toBe(80 - 1 - 8));
    expect(new Set(refusals.map(({ refusal }) => refusal?.code))).toEqual(new Set(["WORKER_BUSY"]));
    while (handled.length < 1 + 16) {
      for (const done of waiting.splice(0)) done();
      await nextTurn();
    }
    expect(handled.filter((text) => text.startsWith("honest"))).toHaveLength(8);
    expect(honestRefusals).toEqual([]);
    for (const done of waiting.splice(0)) done();
  });
});

describe("a congested connection behind a hop", () => {
  it("slows who sends through it, while the hop serves others", async () => {
    const far = new MemoryNetwork();
    const near = new MemoryNetwork();
    const nearSide = memory({ network: near, softQueueBytes: 16_384 });
    const farSide = memory({ network: far, name: "far", softQueueBytes: 16_384, hardQueueBytes: 65_536 });
    const [n1, n2, n3, n4] = [
      node({ transports: [nearSide] }),
      node({ transports: [nearSide, farSide], limits: { congestionPatienceMs: 100_000 } }),
      node({ transports: [farSide] }),
      node({ transports: [nearSide] }),
    ];
    await n2.listen("memory#n2");
    await n3.listen("far#n3");
    startHop(n2);
    startEcho(n2);
    const { worker: toN3 } = await n2.connect("far#n3");
    const { worker: n1ToN2 } = await n1.connect("memory#n2");
    const { worker: n4ToN2 } = await n4.connect("memory#n2");
    for (const link of far.links("n3")) link.block();
    const sent = await sendUntilHeld(n1, [n1ToN2, "hop", toN3, "sink"], ["w"], 500);
    expect(sent).toBeLessThan(100);
    expect(n2.workers().find(({ address }) => address === "hop")?.queued).toBe(0);
    await expect(request(n4.own, [n4ToN2, "hop", "echo"], kilobyte)).resolves.toBeDefined();
    const room = n1.own.send({ onwardRoute: [n1ToN2, "x"], payload: kilobyte });
    for (const link of far.links("n3")) link.unblock();
    await room;
  });

  it("holds back a sender on the hop's own node", async () => {
    const network = new MemoryNetwork();
    const transports = [memory({ network, softQueueBytes: 16_384 })];
    const [n1, n2] = [node({ transports }), node({ transports })];
    await n2.listen("memory#n2");
    startHop(n1);
    const { worker: toN2 } = await n1.connect("memory#n2");
    for (const link of network.links("n2")) link.block();
    const sent = await sendUntilHeld(n1, ["hop", toN2, "sink"], [], 100);
    expect(sent).toBeLessThan(30);
    for (const link of network.links("n2")) link.unblock();
  });

  it("does not hold back messages that a worker sends on its own account", async () => {
    const network = new MemoryNetwork();
    const transports = [memory({ network, softQueueBytes: 4096 })];
    const [n1, n2] = [node({ transports }), node({ transports })];
    await n2.listen("memory#n2");
    const { worker: toN2 } = await n1.connect("memory#n2");
    for (const link of network.links("n2")) link.block();
    const { address } = n1.startWorker(() => {
      void n1.own.send({ onwardRoute: [toN2, "sink"], payload: kilobyte });
    });
    for (let i = 0; i < 20; i++)
      expect(n1.own.send({ onwardRoute: [address], payload: kilobyte })).toBeUndefined();
    for (const link of network.links("n2")) link.unblock();
  });
});

describe("a connection that is full", () => {
  it("refuses with CONNECTION_BUSY and asks to wait", async () => {
    const network = new MemoryNetwork();
    const transports = [memory({ network, softQueueBytes: 4096, hardQueueBytes: 16_384 })];
    const [n1, n2] = [node({ transports }), node({ transports })];
    await n2.listen("memory#n2");
    const { worker: toN2 } = await n1.connect("memory#n2");
    for (const link of network.links("n2")) link.block();
    const codes: string[] = [];
    const sender = n1.startWorker(
      (message) => void codes.push(`${message.refusal?.code} ${message.refusal?.hop}`),
    );
    const rooms = Array.from({ length: 30 }, () =>
      n1.own.send({ onwardRoute: [toN2, "sink"], returnRoute: [sender.address], payload: kilobyte }),
    );
    expect(rooms.at(-1)).toBeDefined();
    await until(() => expect(codes).toContain(`CONNECTION_BUSY ${toN2}`));
    for (const link of network.links("n2")) link.unblock();
    await Promise.all(rooms);
  });
});

describe("Patience", () => {
  it("waits for room, no longer than its limit, once per episode", async () => {
    vi.useFakeTimers();
    try {
      const patience = new Patience(200);
      let openRoom = (): void => {};
      const room = new Promise<void>((resolve) => {
        openRoom = resolve;
      });
      const wait = patience.waitFor(room);
      expect(wait).toBeDefined();
      expect(patience.waitFor(room)).toBe(wait);
      vi.advanceTimersByTime(200);
      await wait;
      expect(patience.waitFor(room)).toBeUndefined();
      openRoom();
      const nextRoom = Promise.resolve();
      await patience.waitFor(nextRoom);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("throughput over TCP", () => {
  it("moves 20,000 small messages in order within seconds", async () => {
    const [n1, n2] = [node({ transports: [tcp()] }), node({ transports: [tcp()] })];
    const { address } = await n2.listen("tcp#127.0.0.1:0");
    const { worker: toN2 } = await n1.connect(address);
    let next = 0;
    n2.startWorker(
      ({ payload }) => {
        expect(new DataView(payload.buffer, payload.byteOffset).getUint32(0)).toBe(next++);
      },
      { address: "sink", exposure: "network" },
    );
    const onwardRoute = [toN2, "sink"];
    for (let i = 0; i < 20_000; i++) {
      const payload = new Uint8Array(100);
      new DataView(payload.buffer).setUint32(0, i);
      await n1.own.send({ onwardRoute, payload });
    }
    await until(() => expect(next).toBe(20_000));
  });
});
