import { type CulvertError, type Message, maxHopCount, request } from "@x/core";
import { MemoryNetwork, memory } from "@x/transport-memory";
import { describe, expect, it, vi } from "vitest";
import { collector, node, pair, refused, text } from "../../test-support/nodes.js";
import type { Node } from "../node.js";
import type { NodeReport } from "../report.js";
import { startEcho } from "../services/echo.js";
import { startHop } from "../services/hop.js";

describe("a refusal", () => {
  it("names the hop that is not there, here and over the wire", async () => {
    const { n1, n2, toN2 } = await pair();
    startHop(n2);
    const ask = (onwardRoute: string[]): Promise<Message> => request(n1.own, onwardRoute, text(""));
    await expect(ask(["nobody"])).rejects.toEqual(refused("WORKER_NOT_FOUND", "nobody"));
    await expect(ask([toN2, "nobody"])).rejects.toEqual(refused("WORKER_NOT_FOUND", "nobody"));
    await expect(ask([toN2, "hop", "nobody"])).rejects.toEqual(refused("WORKER_NOT_FOUND", "nobody"));
  });

  it("comes where the route ends at a connection or at a hop", async () => {
    const { n1, n2, toN2 } = await pair();
    startHop(n1);
    startHop(n2);
    const ask = (onwardRoute: string[]): Promise<Message> => request(n1.own, onwardRoute, text(""));
    await expect(ask([toN2])).rejects.toEqual(refused("ROUTE_ENDED", toN2));
    await expect(ask(["hop"])).rejects.toEqual(refused("ROUTE_ENDED", "hop"));
    await expect(ask([toN2, "hop"])).rejects.toEqual(refused("ROUTE_ENDED", "hop"));
  });

  it("comes for a worker that is not open to the network [refusal-exposure] [reach-exposed-only]", async () => {
    const { n1, n2, toN2 } = await pair();
    startEcho(n2, { exposure: "local" });
    startHop(n2);
    const ask = (onwardRoute: string[]): Promise<Message> => request(n1.own, onwardRoute, text(""));
    await expect(ask([toN2, "echo"])).rejects.toEqual(refused("HOP_REFUSED", "echo"));
    await expect(ask([toN2, "hop", "echo"])).rejects.toEqual(refused("HOP_REFUSED", "echo"));
    await expect(request(n2.own, ["hop", "echo"], text(""))).resolves.toBeDefined();
  });

  it("comes for a message from the network that would make the node dial [reach-no-dial]", async () => {
    const { n1, n2, toN2 } = await pair();
    startHop(n2);
    const hop = "memory#elsewhere";
    const ask = (onwardRoute: string[]): Promise<Message> => request(n1.own, onwardRoute, text(""));
    await expect(ask([toN2, hop, "echo"])).rejects.toEqual(refused("HOP_REFUSED", hop));
    await expect(ask([toN2, "hop", hop, "echo"])).rejects.toEqual(refused("HOP_REFUSED", hop));
    // Neither does one that was dialled before by the node itself.
    expect(n2.connections()).toHaveLength(1);
  });

  it("comes from a hop in the middle when the message does not fit the next leg [refusal-too-big]", async () => {
    const network = new MemoryNetwork();
    const wide = memory({ network });
    const narrow = memory({ network, name: "narrow", maxFrameBytes: 1000 });
    const [n1, n2, n3] = [
      node({ transports: [wide] }),
      node({ transports: [wide, narrow] }),
      node({ transports: [narrow] }),
    ];
    await n2.listen("memory#n2");
    await n3.listen("narrow#n3");
    startEcho(n3);
    const { worker: toN2 } = await n1.connect("memory#n2");
    const { worker: toN3 } = await n2.connect("narrow#n3");
    const ask = (bytes: number): Promise<Message> =>
      request(n1.own, [toN2, toN3, "echo"], new Uint8Array(bytes));
    await expect(ask(500)).resolves.toMatchObject({ payload: { length: 500 } });
    const failure = await ask(2000).then(undefined, (error: CulvertError) => error);
    expect(failure).toEqual(refused("MESSAGE_TOO_LARGE", toN3));
    expect((failure as CulvertError).message).toContain("1000 bytes");
  });

  it("is not answered, and not sent where no return route is", async () => {
    const reports: NodeReport[] = [];
    const n1 = node({ onReport: (report) => reports.push(report) });
    const payload = text("");
    void n1.own.send({ onwardRoute: ["nobody"], payload });
    void n1.own.send({ onwardRoute: ["nobody"], returnRoute: ["also-nobody"], payload });
    expect(reports).toMatchObject([
      { type: "refusal-dropped", refusal: { code: "WORKER_NOT_FOUND", hop: "nobody" } },
      { type: "refusal-dropped", refusal: { code: "WORKER_NOT_FOUND", hop: "also-nobody" } },
    ]);
    expect(n1.stats().refused).toBe(3);
  });

  it("does not travel back to a node that cannot use it", async () => {
    const dropped = deferred<NodeReport>();
    const { n1, toN2 } = await pair(
      {},
      { onReport: (report) => report.type === "refusal-dropped" && dropped.resolve(report) },
    );
    void n1.own.send({ onwardRoute: [toN2, "nobody"], payload: text("") });
    await expect(dropped.promise).resolves.toMatchObject({ refusal: { hop: "nobody" } });
    expect(n1.stats().total.framesIn).toBe(0);
  });

  it("does not reach its worker while that is still within send", () => {
    const n1 = node();
    let isSending = false;
    const seen = vi.fn(() => isSending);
    const { address } = n1.startWorker(seen as never);
    isSending = true;
    void n1.own.send({ onwardRoute: ["nobody"], returnRoute: [address], payload: text("") });
    expect(seen).not.toHaveBeenCalled();
  });
});

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe("a message whose hop count is used up", () => {
  const probe = (from: Node, route: string[], deliveriesLeft: number): Promise<Message> =>
    request(from.own, route, "", { hopCount: maxHopCount - deliveriesLeft });

  it("tells by its refusal that a worker is there, which it does not reach", async () => {
    const { n1, n2, toN2 } = await pair();
    const seen = vi.fn();
    n2.startWorker(seen, { address: "open", exposure: "network" });
    n2.startWorker(seen, { address: "closed" });
    await expect(probe(n1, [toN2, "open"], 1)).rejects.toEqual(refused("HOP_LIMIT_EXCEEDED", "open"));
    await expect(probe(n1, [toN2, "closed"], 1)).rejects.toEqual(refused("HOP_REFUSED", "closed"));
    await expect(probe(n1, [toN2, "nobody"], 1)).rejects.toEqual(refused("WORKER_NOT_FOUND", "nobody"));
    await expect(probe(n1, [toN2, "open"], 0)).rejects.toEqual(refused("HOP_LIMIT_EXCEEDED", toN2));
    expect(seen).not.toHaveBeenCalled();
  });

  it("makes no node dial", async () => {
    const { n1 } = await pair();
    await expect(probe(n1, ["memory#n9", "open"], 0)).rejects.toEqual(
      refused("HOP_LIMIT_EXCEEDED", "memory#n9"),
    );
    expect(n1.connections()).toHaveLength(1);
  });
});

describe("a loop", () => {
  it("ends with HOP_LIMIT_EXCEEDED when forwarders send to each other", async () => {
    const n1 = node();
    const forward = (from: string, to: string): void => {
      n1.startWorker((message) => void message.forward({ onwardRoute: [to] }), {
        address: from,
        exposure: "network",
      });
    };
    forward("a", "b");
    forward("b", "a");
    await expect(request(n1.own, ["a"], text(""))).rejects.toEqual(refused("HOP_LIMIT_EXCEEDED"));
  });

  it("ends with ROUTE_TOO_LONG when forwarders on two nodes send to each other", async () => {
    const { n1, n2, toN2 } = await pair();
    await n1.listen("memory#n1");
    const { worker: toN1 } = await n2.connect("memory#n1");
    const a = n1.startWorker((message) => void message.forward({ onwardRoute: [toN2, "b"] }), {
      exposure: "network",
    });
    n2.startWorker((message) => void message.forward({ onwardRoute: [toN1, a.address] }), {
      address: "b",
      exposure: "network",
    });
    // The way back grows with every leg, so the limit of routes ends this one.
    await expect(request(n1.own, [a.address], text(""))).rejects.toEqual(refused("ROUTE_TOO_LONG"));
  });

  it("ends when a forwarder sends to itself", async () => {
    const n1 = node();
    n1.startWorker((message) => void message.forward({ onwardRoute: ["self"] }), {
      address: "self",
      exposure: "network",
    });
    await expect(request(n1.own, ["self"], text(""))).rejects.toEqual(refused("HOP_LIMIT_EXCEEDED", "self"));
  });

  it("cannot outgrow the return route: a hop that finds it full refuses", async () => {
    const n1 = node();
    startHop(n1);
    startEcho(n1);
    const route = Array.from({ length: 62 }, () => "hop");
    await expect(request(n1.own, [...route, "echo"], text("x"))).resolves.toBeDefined();
    const { next, address } = collector(n1);
    const returnRoute = [...Array.from({ length: 62 }, () => "hop"), address];
    void n1.own.send({ onwardRoute: ["hop", "hop", "echo"], returnRoute, payload: text("") });
    expect((await next()).refusal).toMatchObject({ code: "ROUTE_TOO_LONG" });
  });
});
