import { type AddressState, type Connection, type Message, request, type Transport } from "@x/core";
import { MemoryNetwork, memory } from "@x/transport-memory";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createNode } from "../create-node.js";
import { probeField } from "../delivery/probe-field.js";
import type { NodeLimits } from "../limits.js";
import type { Node, NodeConnection, NodeOptions } from "../node.js";
import type { NodeReport } from "../report.js";
import { startEcho } from "../services/echo.js";

const open: Node[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((node) => node.close()));
});

const payload = new Uint8Array([1]);
const quick: Partial<NodeLimits> = { redialBaseMs: 2, redialCapMs: 8, redialStableMs: 0 };
const refused = (code: string, hop?: string): unknown =>
  expect.objectContaining(hop === undefined ? { code } : { code, hop });
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5000, interval: 2 });

/** A node on a network of its own, with what it reported. */
function node(network: MemoryNetwork, options: NodeOptions = {}): Node & { readonly reports: NodeReport[] } {
  const reports: NodeReport[] = [];
  const made = createNode({
    transports: [memory({ network })],
    limits: quick,
    onReport: (report) => reports.push(report),
    ...options,
  });
  open.push(made);
  return Object.assign(made, { reports });
}

const ask = (from: Node, onwardRoute: string[]): Promise<Message> => request(from.own, onwardRoute, payload);

describe("connect", () => {
  it("rejects with what the first dial failed with, and leaves nothing behind", async () => {
    const n1 = node(new MemoryNetwork());
    await expect(n1.connect("memory#nowhere")).rejects.toEqual(refused("CONNECTION_REFUSED"));
    await expect(n1.connect("tcp#127.0.0.1:1")).rejects.toEqual(refused("TRANSPORT_NOT_FOUND"));
    await expect(n1.connect("nowhere")).rejects.toEqual(refused("ADDRESS_INVALID"));
    expect(n1.connections()).toEqual([]);
  });

  it("without waiting returns at once, and is up when the peer is", async () => {
    const network = new MemoryNetwork();
    const n1 = node(network);
    const connection = await n1.connect("memory#n2", { wait: false });
    expect(connection).toMatchObject({ state: "down", direction: "dialled", remote: "memory#n2" });
    await until(() => expect(connection.attempts).toBeGreaterThan(2));
    expect(connection.lastFailure).toEqual(refused("CONNECTION_REFUSED"));
    const n2 = node(network);
    await n2.listen("memory#n2");
    await until(() => expect(connection.state).toBe("up"));
    expect(connection).toMatchObject({ attempts: 0, nextAttemptAt: undefined });
    expect(n2.connections()).toMatchObject([{ direction: "accepted", state: "up", local: "memory#n2" }]);
    const [accepted] = n2.connections();
    expect(n2.connection(accepted?.worker ?? "")).toBe(accepted);
    expect(n2.connection(connection.worker)).toBeUndefined();
  });

  it("restores a known worker address, once", async () => {
    const network = new MemoryNetwork();
    const n1 = node(network);
    const n2 = node(network);
    startEcho(n2);
    await n2.listen("memory#n2");
    const worker = "0123456789abcdef0123456789abcdef";
    await expect(n1.connect("memory#n2", { worker })).resolves.toMatchObject({ worker });
    await expect(n1.connect("memory#n2", { worker })).rejects.toEqual(refused("ADDRESS_TAKEN"));
    await expect(ask(n1, [worker, "echo"])).resolves.toBeDefined();
  });

  it("is given up by its signal", async () => {
    const network = new MemoryNetwork();
    const n1 = node(network);
    await node(network).listen("memory#n2");
    network.isolate("n2");
    await expect(n1.connect("memory#n2", { signal: AbortSignal.abort() })).rejects.toEqual(
      refused("ABORTED"),
    );
    const controller = new AbortController();
    const connecting = n1.connect("memory#n2", { signal: controller.signal });
    controller.abort();
    await expect(connecting).rejects.toEqual(refused("ABORTED"));
    expect(n1.connections()).toEqual([]);
  });

  it("refuses beyond the limits of dialled and accepted connections", async () => {
    const network = new MemoryNetwork();
    const n1 = node(network, { limits: { ...quick, maxDialledConnections: 2 } });
    const n2 = node(network, { limits: { ...quick, maxAcceptedConnections: 1 } });
    await n2.listen("memory#n2");
    const first = await n1.connect("memory#n2");
    const refusedByPeer = n1.connect("memory#n2", { keep: false });
    await expect(n1.connect("memory#n2")).rejects.toEqual(refused("CONNECTION_LIMIT_EXCEEDED"));
    await expect(refusedByPeer).rejects.toEqual(refused("CONNECTION_LIMIT_EXCEEDED"));
    expect(n2.connections()).toHaveLength(1);
    await until(() => expect(n1.connections()).toEqual([first]));
    expect(n1.stats().refusedByCode.size).toBe(0);
  });

  it("turns away connections beyond its limit that a transport did not ask about", async () => {
    const network = new MemoryNetwork();
    const asking = memory({ network });
    const silent: Transport = {
      name: asking.name,
      capabilities: asking.capabilities,
      dial: (where, options) => asking.dial(where, options),
      listen: (where, { onConnection }) => asking.listen(where, { onConnection }),
    };
    const n2 = node(network, { transports: [silent], limits: { ...quick, maxAcceptedConnections: 1 } });
    await n2.listen("memory#n2");
    const n1 = node(network);
    await n1.connect("memory#n2");
    void n1.connect("memory#n2", { keep: false }).catch(() => {});
    await until(() =>
      expect(n2.reports).toContainEqual(expect.objectContaining({ type: "connection-refused", limit: 1 })),
    );
    expect(n2.connections()).toHaveLength(1);
  });

  it("counts refused messages by their codes", async () => {
    const n1 = node(new MemoryNetwork());
    for (const address of ["nobody", "nobody", "memory#nowhere"]) {
      void n1.own.send({ onwardRoute: [address], payload: "" });
    }
    await until(() => expect(n1.stats().refused).toBe(3));
    expect([...n1.stats().refusedByCode]).toEqual([
      ["WORKER_NOT_FOUND", 2],
      ["ROUTE_ENDED", 1],
    ]);
    expect(n1.stats().probes).toBe(0);
  });

  it("counts messages that want to be refused by themselves", async () => {
    const n1 = node(new MemoryNetwork());
    void n1.own.send({ onwardRoute: ["nobody"], payload: "", fields: { [probeField]: true } });
    await until(() => expect(n1.stats().probes).toBe(1));
    expect(n1.stats().refused).toBe(0);
    expect(n1.stats().refusedByCode.size).toBe(0);
  });
});

/** A dialled connection to a node that echoes. */
async function connected(): Promise<{
  network: MemoryNetwork;
  n1: ReturnType<typeof node>;
  n2: Node;
  connection: NodeConnection;
}> {
  const network = new MemoryNetwork();
  const n1 = node(network);
  const n2 = node(network);
  startEcho(n2);
  await n2.listen("memory#n2");
  return { network, n1, n2, connection: await n1.connect("memory#n2") };
}

describe("a kept connection", () => {
  it("is dialled again under the same address, refuses while it is down, and tells who watches", async () => {
    const { network, n1, n2, connection } = await connected();
    const states: AddressState[] = [];
    n1.watch(connection.worker, (state) => states.push(state));
    await n2.close();
    await until(() => expect(connection.state).toBe("down"));
    await expect(ask(n1, [connection.worker, "echo"])).rejects.toEqual(
      refused("CONNECTION_DOWN", connection.worker),
    );
    const back = node(network);
    startEcho(back);
    await back.listen("memory#n2");
    await until(() => expect(connection.state).toBe("up"));
    await expect(ask(n1, [connection.worker, "echo"])).resolves.toBeDefined();
    await connection.close();
    await connection.close();
    expect(states).toEqual(["up", "down", "up", "gone"]);
    await expect(ask(n1, [connection.worker, "echo"])).rejects.toEqual(refused("WORKER_NOT_FOUND"));
  });

  it("says why it was lost", async () => {
    const { network, n1, connection } = await connected();
    for (const link of network.links("n2")) link.break();
    await until(() => expect(connection.lastFailure).toEqual(refused("CONNECTION_RESET")));
    await until(() => expect(connection.state).toBe("up"));
    expect(n1.reports).toContainEqual(
      expect.objectContaining({ type: "connection-lost", kept: true, reason: refused("CONNECTION_RESET") }),
    );
  });

  it("is gone when it is not to be kept, or was accepted", async () => {
    const { n1, n2, connection, network } = await connected();
    const once = await n1.connect("memory#n2", { keep: false });
    for (const link of network.links("n2")) link.break();
    await until(() => expect(n1.connections()).toEqual([connection]));
    expect(once.state).toBe("down");
    await until(() => expect(n2.connections()).toHaveLength(1));
  });

  it("waits longer and longer, at random, and not less after a short life", async () => {
    const delays: number[] = [];
    const network = new MemoryNetwork();
    // A listener that closes what it accepts: the connection comes up each time, and dies.
    await memory({ network }).listen("flapping", { onConnection: (accepted) => void accepted.close() });
    const limits = { redialBaseMs: 2, redialCapMs: 16, redialStableMs: 1000 };
    const n1 = node(network, { limits, random: () => 0.5, now: () => 0 });
    const connection = await n1.connect("memory#flapping");
    n1.watch(connection.worker, (state) => state === "down" && delays.push(connection.nextAttemptAt ?? -1));
    await until(() => expect(delays.length).toBeGreaterThan(5));
    expect(delays.slice(-2)).toEqual([8, 8]);
  });
});

describe("a transport hop", () => {
  it("is dialled once, kept and shared", async () => {
    const { n1, n2 } = await connected();
    await Promise.all([ask(n1, ["memory#n2", "echo"]), ask(n1, ["memory#n2", "echo"])]);
    expect(n1.connections()).toHaveLength(2);
    await expect(ask(n1, ["memory#n2", "nobody"])).rejects.toEqual(refused("WORKER_NOT_FOUND", "nobody"));
    expect(n2.connections()).toHaveLength(2);
  });

  it("refuses what waited when it cannot be dialled, and is forgotten", async () => {
    const n1 = node(new MemoryNetwork());
    await expect(ask(n1, ["memory#n2", "echo"])).rejects.toEqual(refused("CONNECTION_REFUSED", "memory#n2"));
    await expect(ask(n1, ["tcp#127.0.0.1:1", "echo"])).rejects.toEqual(
      refused("TRANSPORT_NOT_FOUND", "tcp#127.0.0.1:1"),
    );
    expect(n1.connections()).toEqual([]);
  });

  it("bounds what waits for the first dial", async () => {
    const network = new MemoryNetwork();
    await node(network).listen("memory#n2");
    network.isolate("n2");
    const n1 = node(network, { limits: { ...quick, maxQueuedMessages: 3 } });
    const codes: string[] = [];
    const sender = n1.startWorker((message) => void codes.push(message.refusal?.code ?? "none"));
    const rooms = Array.from({ length: 5 }, () =>
      n1.own.send({ onwardRoute: ["memory#n2", "echo"], returnRoute: [sender.address], payload }),
    );
    expect(rooms.every((room) => room !== undefined)).toBe(true);
    await until(() => expect(codes).toEqual(["CONNECTION_BUSY", "CONNECTION_BUSY"]));
    await n1.connections()[0]?.close();
    await Promise.all(rooms);
    await until(() =>
      expect(codes.slice(2)).toEqual(["CONNECTION_DOWN", "CONNECTION_DOWN", "CONNECTION_DOWN"]),
    );
    expect(n1.stats().queuedBytes).toBe(0);
  });

  it("is dialled for who watches it, until nobody does", async () => {
    const network = new MemoryNetwork();
    const n1 = node(network);
    const states: AddressState[] = [];
    const stop = n1.own.watch("memory#n2", (state) => states.push(state));
    expect(states).toEqual(["down"]);
    const n2 = node(network);
    await n2.listen("memory#n2");
    await until(() => expect(states).toEqual(["down", "up"]));
    await n2.close();
    await until(() => expect(states).toEqual(["down", "up", "down"]));
    expect(n1.connections()).toHaveLength(1);
    await until(() => expect(n1.connections()[0]?.nextAttemptAt).toBeDefined());
    stop();
    await until(() => expect(n1.connections()).toEqual([]));
    expect(states).toEqual(["down", "up", "down"]);
    n1.own.watch("tcp#127.0.0.1:1", (state) => states.push(state))();
    expect(states.at(-1)).toBe("gone");
  });

  it("is not kept for ever when nobody watches it", async () => {
    const network = new MemoryNetwork();
    const n1 = node(network, { limits: { ...quick, unwatchedRedialMs: 20 } });
    const n2 = node(network);
    startEcho(n2);
    await n2.listen("memory#n2");
    await ask(n1, ["memory#n2", "echo"]);
    await n2.close();
    await until(() => expect(n1.connections()).toEqual([]));
  });
});

describe("a connection", () => {
  it("closes on a frame that is none, and the node lives", async () => {
    const network = new MemoryNetwork();
    const n2 = node(network);
    startEcho(n2);
    await n2.listen("memory#n2");
    const closed = vi.fn();
    const hostile = await memory({ network }).dial("n2");
    hostile.start({ onFrame: () => undefined, onClose: closed });
    await hostile.send([new Uint8Array([1, 0, 1, 0x90])]);
    await until(() => expect(closed).toHaveBeenCalled());
    expect(n2.reports).toContainEqual(
      expect.objectContaining({ type: "frame-invalid", error: refused("FRAME_INVALID") }),
    );
    expect(n2.connections()).toEqual([]);
    const n1 = node(network);
    await expect(ask(n1, ["memory#n2", "echo"])).resolves.toBeDefined();
  });

  it("counts what passes it", async () => {
    const { n1, connection } = await connected();
    await ask(n1, [connection.worker, "echo"]);
    const before = n1.stats();
    expect(before.connections).toEqual([
      expect.objectContaining({ worker: connection.worker, framesIn: 1, framesOut: 1 }),
    ]);
    expect(before.total.bytesOut).toBeGreaterThan(10);
    await connection.close();
    expect(n1.stats().total).toEqual(before.total);
  });

  it("refuses what its transport cannot take", async () => {
    const failing = (error: unknown): Transport => ({
      name: "failing",
      capabilities: {
        reliable: true,
        ordered: true,
        maxFrameBytes: 1000,
        dialTimeoutMs: 1_000,
        deadPeerMs: 1_000,
      },
      listen: () => Promise.reject(error),
      dial: async () =>
        ({
          localWhere: "a",
          remoteWhere: "b",
          start: () => {},
          send: () => {
            throw error;
          },
          close: async () => {},
        }) as unknown as Connection,
    });
    const n1 = createNode({ transports: [failing(new TypeError("broken"))] });
    open.push(n1);
    await expect(ask(n1, ["failing#x", "echo"])).rejects.toEqual(refused("TRANSPORT_FAILED", "failing#x"));
  });

  it("lives on when its listener stops accepting, and no other comes after it", async () => {
    const { n1, n2, connection } = await connected();
    const [listener] = n2.listeners();
    listener?.stopAccepting();
    listener?.stopAccepting();
    expect((await ask(n1, [connection.worker, "echo"])).payload).toEqual(payload);
    // This transport goes on accepting; the node turns away what comes.
    const late = await n1.connect("memory#n2", { keep: false, wait: false });
    await until(() => expect(n1.connections()).toEqual([connection]));
    expect(late.state).toBe("down");
    expect(n2.connections()).toHaveLength(1);
    expect(n2.listeners()).toEqual([listener]);
  });

  it("closes its listener's connections with the listener", async () => {
    const { n2, connection } = await connected();
    const [listener] = n2.listeners();
    await listener?.close();
    await listener?.close();
    expect(n2.listeners()).toEqual([]);
    await until(() => expect(n2.connections()).toEqual([]));
    await until(() => expect(connection.state).toBe("down"));
  });
});
