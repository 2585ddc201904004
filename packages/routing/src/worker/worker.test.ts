import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CulvertError, type Message } from "@x/core";
import { afterEach, describe, expect, it } from "vitest";
import { createNode } from "../create-node.js";
import type { Node, NodeOptions } from "../node.js";
import type { NodeReport } from "../report.js";

const open: Node[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((node) => node.close()));
});

function node(options: NodeOptions = {}): Node {
  const made = createNode(options);
  open.push(made);
  return made;
}

const bytes = (value: number): Uint8Array => new Uint8Array([value]);
const value = (message: Message): number => message.payload[0] ?? -1;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

/** Lets a handler wait until the test says so. */
function gate(): { wait: () => Promise<void>; open: () => void } {
  let release: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { wait: () => closed, open: () => release() };
}

describe("a worker", () => {
  it("handles a message before send returns when it is idle", () => {
    const n1 = node();
    let got = 0;
    const { address } = n1.startWorker(() => void got++);
    expect(n1.own.send({ onwardRoute: [address], payload: bytes(1) })).toBeUndefined();
    expect(got).toBe(1);
  });

  it("handles one message at a time, in order [delivery-order]", async () => {
    const n1 = node();
    const log: string[] = [];
    const done = gate();
    const { address } = n1.startWorker(async (message) => {
      log.push(`begin ${value(message)}`);
      await nextTurn();
      log.push(`end ${value(message)}`);
      if (value(message) === 199) done.open();
    });
    for (let i = 0; i < 200; i++) void n1.own.send({ onwardRoute: [address], payload: bytes(i) });
    await done.wait();
    const expected = Array.from({ length: 200 }, (_, i) => [`begin ${i}`, `end ${i}`]).flat();
    expect(log).toEqual(expected);
  });

  it("keeps the order when handling switches between waiting and not waiting", async () => {
    const n1 = node();
    const log: number[] = [];
    const done = gate();
    const { address } = n1.startWorker((message) => {
      log.push(value(message));
      if (log.length === 250) done.open();
      return value(message) % 7 === 0 ? nextTurn() : undefined;
    });
    for (let i = 0; i < 250; i++) {
      void n1.own.send({ onwardRoute: [address], payload: bytes(i) });
      if (i % 50 === 0) await nextTurn();
    }
    await done.wait();
    expect(log).toEqual(Array.from({ length: 250 }, (_, i) => i));
  });

  it("lives on when its handler throws or rejects, and the node reports it [delivery-throw]", async () => {
    const reports: NodeReport[] = [];
    const n1 = node({ onReport: (report) => reports.push(report) });
    const got: number[] = [];
    const { address } = n1.startWorker((message) => {
      got.push(value(message));
      if (value(message) === 1) throw new Error("thrown");
      if (value(message) === 2) return Promise.reject(new Error("rejected"));
      return undefined;
    });
    for (const i of [1, 2, 3]) void n1.own.send({ onwardRoute: [address], payload: bytes(i) });
    await nextTurn();
    await nextTurn();
    expect(got).toEqual([1, 2, 3]);
    expect(reports).toMatchObject([
      { type: "handler-failed", worker: address, error: { message: "thrown" } },
      { type: "handler-failed", worker: address, error: { message: "rejected" } },
    ]);
  });

  it("outlives a report listener that throws", () => {
    const n1 = node({
      onReport: () => {
        throw new Error("from the log");
      },
    });
    const { address } = n1.startWorker(() => {
      throw new Error("from the handler");
    });
    expect(() => n1.own.send({ onwardRoute: [address], payload: bytes(1) })).not.toThrow();
  });

  it("takes messages it sends to itself after the one at hand, without end and without starving others", async () => {
    const n1 = node();
    let running = 0;
    let rounds = 0;
    const { address } = n1.startWorker(() => {
      expect(running++).toBe(0);
      rounds++;
      void n1.own.send({ onwardRoute: [address], payload: bytes(0) });
      running--;
    });
    void n1.own.send({ onwardRoute: [address], payload: bytes(0) });
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    expect(rounds).toBeGreaterThan(100);
  });

  it("does not grow the stack with the length of a route", async () => {
    const n1 = node();
    let deepest = 0;
    const done = gate();
    for (let i = 0; i < 250; i++) {
      n1.startWorker(
        (message) => {
          deepest = Math.max(deepest, new Error("depth").stack?.split("\n").length ?? 0);
          void message.forward({ onwardRoute: [`w${i + 1}`] });
        },
        { address: `w${i}`, exposure: "network" },
      );
    }
    n1.startWorker(() => done.open(), { address: "w250", exposure: "network" });
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 1000;
    void n1.own.send({ onwardRoute: ["w0"], payload: bytes(0) });
    await done.wait();
    Error.stackTraceLimit = limit;
    expect(deepest).toBeLessThan(120);
  });

  it("makes senders wait at half its bound, refuses at the bound, and lets them go on when there is room", async () => {
    const n1 = node();
    const refusals: string[] = [];
    const sender = n1.startWorker((message) => void refusals.push(message.refusal?.code ?? "none"));
    const closed = gate();
    const { address } = n1.startWorker(() => closed.wait(), { maxQueuedMessages: 8 });
    const send = (): Promise<void> | undefined =>
      n1.own.send({ onwardRoute: [address], returnRoute: [sender.address], payload: bytes(1) });
    const rooms = Array.from({ length: 11 }, send);
    // The first is in the handler; of the others 8 fit, and from the fourth on senders wait.
    expect(rooms.map((room) => room !== undefined)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(n1.workers().find((worker) => worker.address === address)?.queued).toBe(8);
    await nextTurn();
    expect(refusals).toEqual(["WORKER_BUSY", "WORKER_BUSY"]);
    closed.open();
    await Promise.all(rooms);
    expect(send()).toBeUndefined();
  });

  it("counts bytes too, and the node counts those of all queues", async () => {
    const n1 = node({ limits: { maxQueuedBytes: 10_000, maxQueuedBytesPerNode: 15_000 } });
    const refusals: string[] = [];
    const sender = n1.startWorker((message) => void refusals.push(message.refusal?.hop ?? ""));
    const closed = gate();
    for (const address of ["a", "b"]) n1.startWorker(() => closed.wait(), { address });
    const send = (address: string): Promise<void> | undefined =>
      n1.own.send({ onwardRoute: [address], returnRoute: [sender.address], payload: new Uint8Array(3000) });
    for (let i = 0; i < 4; i++) void send("a");
    for (let i = 0; i < 4; i++) void send("b");
    expect(n1.stats().queuedBytes).toBeGreaterThan(9000);
    expect(n1.stats().queuedBytes).toBeLessThanOrEqual(15_000 + 512);
    closed.open();
    for (let turn = 0; turn < 4; turn++) await nextTurn();
    expect(refusals.filter((hop) => hop === "b").length).toBeGreaterThan(0);
    expect(n1.stats().queuedBytes).toBe(0);
  });

  it("refuses on close what still waits, and ends its senders' wait", async () => {
    const n1 = node();
    const refusals: string[] = [];
    const sender = n1.startWorker((message) => void refusals.push(message.refusal?.code ?? "none"));
    const running = gate();
    const worker = n1.startWorker(() => running.wait(), { maxQueuedMessages: 4 });
    const rooms = Array.from({ length: 4 }, () =>
      n1.own.send({ onwardRoute: [worker.address], returnRoute: [sender.address], payload: bytes(1) }),
    );
    const closing = worker.close();
    await Promise.all(rooms);
    running.open();
    await closing;
    await worker.close();
    await nextTurn();
    expect(refusals).toEqual(["WORKER_NOT_FOUND", "WORKER_NOT_FOUND", "WORKER_NOT_FOUND"]);
    expect(n1.startWorker(() => {}, { address: worker.address }).address).toBe(worker.address);
  });
});

describe("watch", () => {
  it("tells at once and at each change", async () => {
    const n1 = node();
    const states: string[] = [];
    const stop = n1.watch("w", (state) => states.push(state));
    expect(states).toEqual(["gone"]);
    const worker = n1.startWorker(() => {}, { address: "w" });
    await worker.close();
    await n1.startWorker(() => {}, { address: "w" }).close();
    stop();
    stop();
    n1.startWorker(() => {}, { address: "w" });
    expect(states).toEqual(["gone", "up", "gone", "up", "gone"]);
  });

  it("tells why a worker ended for good, where it said so", async () => {
    const n1 = node();
    const told: unknown[] = [];
    n1.watch("w", (state, why) => told.push([state, why?.code]));
    const why = new CulvertError("CHANNEL_EXPIRED", "Its credential ended");
    await n1.startWorker(() => {}, { address: "w" }).close(why);
    await n1.startWorker(() => {}, { address: "w" }).close();
    const none = undefined;
    const [up, gone] = [
      ["up", none],
      ["gone", none],
    ];
    expect(told).toEqual([gone, up, ["gone", "CHANNEL_EXPIRED"], up, gone]);
  });

  it("reports a listener that throws, and tells the others the latest state only", () => {
    const reports: NodeReport[] = [];
    const n1 = node({ onReport: (report) => reports.push(report) });
    const states: string[] = [];
    n1.watch("w", (state) => {
      if (state !== "up") return;
      void n1.startWorker(() => {}, { address: "other" });
      throw new Error("from the listener");
    });
    n1.watch("w", (state) => states.push(state));
    n1.startWorker(() => {}, { address: "w" });
    expect(states).toEqual(["gone", "up"]);
    expect(reports).toMatchObject([{ type: "listener-failed", address: "w" }]);
  });
});

describe("a mailbox", () => {
  /** A worker that never takes its second message, and how much its node says that it holds. */
  function stuck(): { send: (payload: Uint8Array) => void; held: () => number } {
    const n1 = node();
    n1.startWorker(() => new Promise(() => {}), { address: "stuck", exposure: "network" });
    const send = (payload: Uint8Array): void => void n1.send({ onwardRoute: ["stuck"], payload });
    send(bytes(0));
    return { send, held: () => n1.stats().queuedBytes };
  }

  it("does not keep the large buffers alive that small payloads are views of", async () => {
    const { send } = stuck();
    const slabs: WeakRef<ArrayBuffer>[] = [];
    for (let i = 0; i < 50; i++) {
      const slab = new ArrayBuffer(1_048_576);
      slabs.push(new WeakRef(slab));
      send(new Uint8Array(slab, 8, 5_000));
    }
    // A WeakRef holds its target until the turn ends.
    await nextTurn();
    collectGarbage();
    await nextTurn();
    const alive = slabs.filter((slab) => slab.deref() !== undefined).length;
    expect(alive).toBeLessThan(5);
  });

  it("counts what it holds: the payload's whole buffer where it is not copied, routes and fields too", () => {
    const { send, held } = stuck();
    send(new Uint8Array(1_048_576).subarray(0, 5_000));
    expect(held()).toBeLessThan(6_000);
    const before = held();
    send(new Uint8Array(10_000).subarray(0, 6_000));
    expect(held() - before).toBeGreaterThan(10_000);
  });

  it("counts long routes and fields", () => {
    const n1 = node();
    n1.startWorker(() => new Promise(() => {}), { address: "stuck", exposure: "network" });
    const onwardRoute = ["stuck", ...Array.from({ length: 60 }, () => "x".repeat(250))];
    for (let i = 0; i < 2; i++)
      void n1.send({ onwardRoute, payload: bytes(0), fields: { a: "y".repeat(10_000) } });
    expect(n1.stats().queuedBytes).toBeGreaterThan(60 * 250 + 10_000);
  });

  it("of an asynchronous forwarder slows its sender as much as what is ahead, without an ambient variable", async () => {
    const n1 = node({ limits: { congestionPatienceMs: 60_000 } });
    const closed = gate();
    n1.startWorker(() => closed.wait(), { address: "slow", exposure: "network", maxQueuedMessages: 8 });
    const forwarder = async (message: Message): Promise<void> => {
      await nextTurn();
      void message.forward();
    };
    n1.startWorker(forwarder, { address: "f", exposure: "network", maxQueuedMessages: 8 });
    const codes: string[] = [];
    const sender = n1.startWorker((m) => void codes.push(m.refusal?.code ?? ""), { exposure: "network" });
    let sent = 0;
    const sending = (async () => {
      for (; sent < 100; sent++) {
        await n1.send({ onwardRoute: ["f", "slow"], returnRoute: [sender.address], payload: bytes(1) });
      }
    })();
    for (let turn = 0; turn < 200; turn++) await nextTurn();
    expect(sent).toBeLessThan(20);
    expect(codes).toEqual([]);
    closed.open();
    await sending;
    for (let turn = 0; turn < 400; turn++) await nextTurn();
    expect(codes).toEqual([]);
  });
});
