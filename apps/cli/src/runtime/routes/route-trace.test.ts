import { describe, expect, it } from "vitest";
import { start, startListening, type TestedRuntime, to } from "../../../test-support/runtimes.js";
import type { TraceView } from "../views.js";

function trace(runtime: TestedRuntime, route: string[], timeoutMs = 5000): Promise<TraceView> {
  return runtime.operations["route.trace"]({ route, timeoutMs });
}

const statuses = ({ hops }: TraceView): string[] => hops.map(({ status }) => status);

describe("route.trace", () => {
  it("finds every hop over a connection, a relay and a hop, and a time for each", async () => {
    const n1 = await start("n1");
    const [, toN2] = await startListening("n2");
    const n3 = await start("n3");
    await n3.operations["service.start"]({ type: "hop", address: "hop" });
    await n3.operations["relay.create"]({ name: "n3", at: to(toN2), waitMs: 5000 });
    const seen: string[] = [];
    n3.node.startWorker(() => void seen.push("message"), { address: "target", exposure: "network" });
    const view = await trace(n1, [toN2, "forward_to_n3", "hop", "target"]);
    expect(view.failure).toBeNull();
    expect(view.hops.map(({ hop }) => hop)).toEqual([toN2, "forward_to_n3", "hop", "target"]);
    expect(statuses(view)).toEqual(["ok", "ok", "ok", "present"]);
    for (const { rtt_ms } of view.hops) expect(rtt_ms).toBeGreaterThan(0);
    expect(seen).toEqual([]);
  });

  it("goes through a connection and a relay also where the route ends with them", async () => {
    const n1 = await start("n1");
    const [n2, toN2] = await startListening("n2");
    await n1.operations["relay.create"]({ name: "n1", at: to(toN2), waitMs: 5000 });
    expect(statuses(await trace(n1, [toN2]))).toEqual(["ok"]);
    expect(statuses(await trace(n2, ["forward_to_n1"]))).toEqual(["ok"]);
    const { worker } = n1.node.connections()[0] as { worker: string };
    expect(statuses(await trace(n1, [worker]))).toEqual(["ok"]);
    expect(statuses(await trace(n2, ["echo"]))).toEqual(["present"]);
  });

  it("names the hop that is not there, and asks none after it", async () => {
    const n1 = await start("n1");
    const [, toN2] = await startListening("n2");
    const view = await trace(n1, [toN2, "nobody", "hop", "echo"]);
    expect(statuses(view)).toEqual(["ok", "failed", "unknown", "unknown"]);
    expect(view.hops[1]?.error).toMatch(/^WORKER_NOT_FOUND: /);
    expect(view.failure).toMatchObject({ code: "WORKER_NOT_FOUND", hop: "nobody" });
    expect((await trace(n1, [toN2, "nobody"])).failure).toMatchObject({ code: "WORKER_NOT_FOUND" });
  });

  it("tells a worker that is closed to the network, and one that does not pass on", async () => {
    const n1 = await start("n1");
    const [n2, toN2] = await startListening("n2");
    n2.node.startWorker(() => {}, { address: "closed" });
    expect((await trace(n1, [toN2, "closed"])).failure).toMatchObject({ code: "HOP_REFUSED", hop: "closed" });
    expect((await trace(n1, [toN2, "uppercase", "echo"])).failure).toMatchObject({
      code: "ROUTE_ENDED",
      hop: "uppercase",
    });
  });

  it("gives up on a hop that swallows messages", async () => {
    const n1 = await start("n1");
    n1.node.startWorker(() => {}, { address: "hole" });
    const view = await trace(n1, ["hole", "echo"], 50);
    expect(view.failure).toMatchObject({ code: "TIMED_OUT", hop: "hole" });
    expect(n1.node.workers().some(({ type }) => type === "trace")).toBe(false);
  });

  it("tells why the first connection cannot be made", async () => {
    const n1 = await start("n1");
    const view = await trace(n1, ["tcp#127.0.0.1:1", "echo"]);
    expect(statuses(view)).toEqual(["failed", "unknown"]);
    expect(view.failure).toMatchObject({ code: "CONNECTION_REFUSED", hop: "tcp#127.0.0.1:1" });
  });

  it("works over UDP too", async () => {
    const n1 = await start("n1");
    const n2 = await start("n2");
    const { socket_addr } = await n2.operations["udp-listener.create"]({ where: "127.0.0.1:0" });
    expect(statuses(await trace(n1, [`udp#${socket_addr}`, "echo"]))).toEqual(["ok", "present"]);
  });
});
