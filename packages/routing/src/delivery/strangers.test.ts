import { type Message, request } from "@x/core";
import { MemoryNetwork, memory } from "@x/transport-memory";
import { describe, expect, it } from "vitest";
import { collector, node, pair, refused } from "../../test-support/nodes.js";
import type { Node } from "../node.js";
import { startEcho } from "../services/echo.js";
import { startHop } from "../services/hop.js";

/** The connection's worker address on the node that accepted it. */
const accepted = (host: Node): string =>
  host.connections().find(({ direction }) => direction === "accepted")?.worker ?? "";

describe("what comes by a connection that the node dialled", () => {
  it("reaches generated addresses that it was told, and no name [reach-capability]", async () => {
    const { n1, n2 } = await pair();
    startEcho(n1);
    startHop(n1);
    const told = n1.startWorker((m) => void m.reply("told"), { exposure: "network" });
    const back = accepted(n2);
    expect((await request(n2, [back, told.address], "")).text()).toBe("told");
    await expect(request(n2, [back, "echo"], "")).rejects.toEqual(refused("HOP_REFUSED", "echo"));
    await expect(request(n2, [back, "hop", "echo"], "")).rejects.toEqual(refused("HOP_REFUSED", "hop"));
    // Passing it on changes nothing, unless the worker is there to let others in.
    const passer = n1.startWorker((m) => void m.forward(), { exposure: "network" });
    const door = n1.startWorker((m) => void m.forward({ admit: true }), { exposure: "network" });
    await expect(request(n2, [back, passer.address, "echo"], "")).rejects.toEqual(
      refused("HOP_REFUSED", "echo"),
    );
    expect((await request(n2, [back, door.address, "echo"], "in")).text()).toBe("in");
    const local = startEcho(n1, { address: "local", exposure: "local" });
    await expect(request(n2, [back, door.address, "local"], "")).rejects.toEqual(
      refused("HOP_REFUSED", "local"),
    );
    await local.close();
  });

  it("reaches workers of exposure network when the connection was made so", async () => {
    const transports = [memory({ network: new MemoryNetwork() })];
    const [n1, n2] = [node({ transports }), node({ transports })];
    startEcho(n1);
    await n2.listen("memory#n2");
    await n1.connect("memory#n2", { admit: true });
    expect((await request(n2, [accepted(n2), "echo"], "hi")).text()).toBe("hi");
  });

  it("is answered, also across a hop in the middle that dialled onward", async () => {
    const transports = [memory({ network: new MemoryNetwork() })];
    const [n1, n2, n3] = [node({ transports }), node({ transports }), node({ transports })];
    await n2.listen("memory#n2");
    await n3.listen("memory#n3");
    startHop(n2);
    startEcho(n3);
    const { worker: toN2 } = await n1.connect("memory#n2");
    const { worker: toN3 } = await n2.connect("memory#n3");
    expect((await request(n1, [toN2, "hop", toN3, "echo"], "far")).text()).toBe("far");
  });
});

describe("a frame with a route to and fro between two honest nodes", () => {
  it("goes there once, and the refusal comes back once", async () => {
    const transports = [memory({ network: new MemoryNetwork() })];
    const [stranger, n2, n3] = [node({ transports }), node({ transports }), node({ transports })];
    await n2.listen("memory#n2");
    const { worker: c32 } = await n3.connect("memory#n2");
    const c23 = accepted(n2);
    startHop(n3);
    const { worker } = await stranger.connect("memory#n2");
    for (const there of [
      [c32, c23],
      ["hop", c32, c23],
    ]) {
      const before = n3.stats().total;
      const route = [worker, c23, ...Array.from({ length: 20 }, () => there).flat(), "nobody"];
      await expect(request(stranger, route, "x")).rejects.toMatchObject({ code: "HOP_REFUSED" });
      const { framesIn, framesOut } = n3.stats().total;
      expect({ in: framesIn - before.framesIn, out: framesOut - before.framesOut }).toEqual({
        in: 1,
        out: 1,
      });
    }
  });

  it("is not what a worker of the node does that forwards to a client, or answers", async () => {
    const { n1, n2, toN2 } = await pair();
    const back = accepted(n2);
    n2.startWorker((m) => void m.forward({ onwardRoute: [back, ...m.onwardRoute] }), {
      address: "forward_to_n1",
      exposure: "network",
    });
    const mine = n1.startWorker((m) => void m.reply("mine"), { exposure: "network" });
    expect((await request(n1, [toN2, "forward_to_n1", mine.address], "")).text()).toBe("mine");
  });
});

describe("a refusal to the network", () => {
  it("names no connection that its sender did not name", async () => {
    const transports = [memory({ network: new MemoryNetwork(), maxFrameBytes: 5_000 })];
    const wide = memory({ network: new MemoryNetwork(), name: "wide" });
    const [n1, n2, n3] = [
      node({ transports: [wide] }),
      node({ transports: [wide, ...transports] }),
      node({ transports }),
    ];
    await n2.listen("wide#n2");
    await n2.listen("memory#n2");
    await n3.connect("memory#n2");
    const secret = accepted(n2);
    const forward = (m: Message): void => void m.forward({ onwardRoute: [secret, ...m.onwardRoute] });
    n2.startWorker(forward, { address: "forward_to_n3", exposure: "network" });
    const { worker } = await n1.connect("wide#n2");
    const { address, next } = collector(n1);
    const long = Array.from({ length: 62 }, (_, i) => `p${i}`);
    const tries: readonly (readonly [string[], string[], string | Uint8Array])[] = [
      [[worker, "forward_to_n3", "x"], [address], new Uint8Array(6_000)],
      [[worker, "forward_to_n3"], [address], ""],
      [[worker, "forward_to_n3", "x"], [address, ...long], ""],
    ];
    const refusals: Message[] = [];
    for (const [onwardRoute, returnRoute, payload] of tries) {
      void n1.send({ onwardRoute, returnRoute, payload });
      refusals.push(await next());
    }
    await n3.close();
    void n1.send({ onwardRoute: [worker, "forward_to_n3", "x"], returnRoute: [address], payload: "" });
    refusals.push(await next());
    const secrets = n2.connections().map((connection) => connection.worker);
    for (const { refusal } of refusals) {
      expect([...secrets, secret].filter((name) => JSON.stringify(refusal).includes(name))).toEqual([]);
      expect(JSON.stringify(refusal)).not.toContain("memory#");
    }
    expect(refusals.map(({ refusal }) => refusal?.code)).toContain("MESSAGE_TOO_LARGE");
  });

  it("does not name the worker behind a relay that its sender was not told", async () => {
    const { n1, n2 } = await pair();
    const door = n1.startWorker((m) => void m.forward({ admit: true }), {
      exposure: "network",
      maxQueuedMessages: 1,
    });
    const back = accepted(n2);
    const { address, next } = collector(n2);
    const long = Array.from({ length: 63 }, (_, i) => `p${i}`);
    for (const [route, returnRoute] of [
      [[back, door.address], [address]],
      [
        [back, door.address, "x"],
        [address, ...long],
      ],
    ] as const) {
      void n2.send({ onwardRoute: route, returnRoute, payload: "" });
      const { refusal } = await next();
      expect(refusal?.hop).toBe("unknown");
      expect(JSON.stringify(refusal)).not.toContain(door.address);
    }
  });

  it("has its text cleaned of what would steer a terminal", async () => {
    const { n1, n2, toN2 } = await pair();
    n2.startWorker((m) => m.refuse("WORKER_BUSY", "a\u001b[31mb\u0007\rc"), {
      address: "w",
      exposure: "network",
    });
    await expect(request(n1, [toN2, "w"], "")).rejects.toMatchObject({ message: "a [31mb  c" });
  });
});
