import { request } from "@x/core";
import { memory } from "@x/transport-memory";
import { describe, expect, it } from "vitest";
import { collector, node, pair, read, refused, text } from "../test-support/nodes.js";
import { createNode } from "./create-node.js";
import { startEcho } from "./services/echo.js";
import { startHop } from "./services/hop.js";

describe("send", () => {
  it("delivers to a worker of the same node", async () => {
    const n1 = node();
    startEcho(n1);
    const reply = await request(n1.own, ["echo"], text("hi"));
    expect(read(reply.payload)).toBe("hi");
    expect(reply.returnRoute).toEqual(["echo"]);
    expect(reply.onwardRoute).toEqual([]);
  });

  it("joins parts for a worker and keeps their order on the wire [transport-parts]", async () => {
    const { n1, n2, toN2 } = await pair();
    const here = collector(n1);
    const there = collector(n2);
    const payload = [text("a"), text("bc"), text("")];
    void n1.own.send({ onwardRoute: [here.address], payload });
    void n1.own.send({ onwardRoute: [toN2, there.address], payload });
    expect(read((await here.next()).payload)).toBe("abc");
    expect(read((await there.next()).payload)).toBe("abc");
  });

  it("takes a hop off and puts the connection on the way back", async () => {
    const { n1, n2, toN2 } = await pair();
    const there = collector(n2);
    void n1.own.send({ onwardRoute: [toN2, there.address, "rest"], returnRoute: ["w"], payload: text("") });
    const message = await there.next();
    const [accepted] = n2.connections();
    expect(message.onwardRoute).toEqual(["rest"]);
    expect(message.returnRoute).toEqual([accepted?.worker, "w"]);
    expect(message.origin).toMatchObject({ arrivedBy: accepted?.worker, isOwn: false });
    expect(message.hopCount).toBe(2);
  });

  it("keeps fields on every hop [delivery-fields]", async () => {
    const { n1, n2, toN2 } = await pair();
    startHop(n2);
    const there = collector(n2);
    const fields = { trace: "t1", "path.mtu": 1400, deep: null };
    void n1.own.send({ onwardRoute: [toN2, "hop", there.address], payload: text(""), fields });
    expect((await there.next()).fields).toEqual(fields);
  });

  it.each([
    ["an empty route", { onwardRoute: [] }, "ROUTE_INVALID"],
    ["65 hops", { onwardRoute: Array.from({ length: 65 }, () => "a") }, "ROUTE_TOO_LONG"],
    [
      "1,000 hops back",
      { onwardRoute: ["a"], returnRoute: Array.from({ length: 1000 }, () => "a") },
      "ROUTE_TOO_LONG",
    ],
    ["a malformed address", { onwardRoute: ["a b"] }, "ADDRESS_INVALID"],
    ["a hop that is no text", { onwardRoute: [5 as never] }, "ADDRESS_INVALID"],
    ["a large payload", { onwardRoute: ["a"], payload: new Uint8Array(1_048_577) }, "MESSAGE_TOO_LARGE"],
  ])("throws on %s", (_, message, code) => {
    const n1 = node();
    expect(() => n1.own.send({ payload: text(""), ...message })).toThrow(refused(code));
  });

  it("throws on a malformed address that would go on the wire", async () => {
    const { n1, toN2 } = await pair();
    expect(() => n1.own.send({ onwardRoute: [toN2, "a b"], payload: text("") })).toThrow(
      refused("ADDRESS_INVALID"),
    );
    expect(() => n1.own.send({ onwardRoute: [toN2, "a"], returnRoute: [""], payload: text("") })).toThrow(
      refused("ADDRESS_INVALID"),
    );
  });
});

describe("a node", () => {
  it("has a name, given or generated", () => {
    expect(node({ name: "n1" }).name).toBe("n1");
    expect(node().name).toMatch(/^[0-9a-f]{32}$/);
  });

  it("takes no two transports of one name", () => {
    expect(() => createNode({ transports: [memory(), memory()] })).toThrow(refused("OPTION_INVALID"));
  });

  it("refuses what is beyond its limits", () => {
    const n1 = node({ limits: { maxWorkers: 1 } });
    startEcho(n1);
    expect(() => startHop(n1)).toThrow(refused("WORKER_LIMIT_EXCEEDED"));
    expect(() => n1.startWorker(() => {}, { address: "a b" })).toThrow(refused("ADDRESS_INVALID"));
    expect(() => n1.startWorker(() => {}, { address: "tcp#a:1" })).toThrow(refused("ADDRESS_INVALID"));
  });

  it("closes twice, and takes nothing more", async () => {
    const { n1, n2 } = await pair();
    startEcho(n1);
    await Promise.all([n1.close(), n1.close()]);
    expect(n1.workers()).toEqual([]);
    expect(n1.connections()).toEqual([]);
    expect(() => n1.startWorker(() => {})).toThrow(refused("NODE_CLOSED"));
    await expect(n1.connect("memory#n2")).rejects.toEqual(refused("NODE_CLOSED"));
    await expect(n1.listen("memory#n1")).rejects.toEqual(refused("NODE_CLOSED"));
    await n2.close();
    expect(n2.listeners()).toEqual([]);
  });

  it("closes in bounded time while a handler never ends", async () => {
    const n1 = node();
    n1.startWorker(() => new Promise(() => {}), { address: "stuck" });
    void n1.own.send({ onwardRoute: ["stuck"], payload: text("") });
    const before = Date.now();
    await n1.close();
    expect(Date.now() - before).toBeLessThan(3000);
  });
});
