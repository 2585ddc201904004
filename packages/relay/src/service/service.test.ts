import { generateAddress, type Message, request } from "@x/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, LoopbackHost } from "../../test-support/loopback-host.js";
import { ask, registration, token } from "../../test-support/raw-requests.js";
import { network } from "../../test-support/relay-network.js";
import type { RelayReport } from "./service.js";

const refused = (code: string) => expect.objectContaining({ type: "refused", code });
const registered = expect.objectContaining({ type: "registered" });
const empty = new Uint8Array();

describe("startRelayService()", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(async () => {
    // What a test left under way would otherwise set a timer of the next test's clock.
    await vi.advanceTimersByTimeAsync(0);
    vi.useRealTimers();
  });

  it("grants a name, an address and a lease", async () => {
    const { send, service, accepted } = network();
    const forwardTo = generateAddress();
    const reply = await send(registration({ name: "n3", forwardTo }));
    expect(reply).toEqual({ type: "registered", address: "forward_to_n3", leaseMs: 60_000 });
    expect(service.list()).toEqual([
      expect.objectContaining({
        name: "n3",
        address: "forward_to_n3",
        state: "up",
        route: [accepted.address, forwardTo],
        expiresAt: Date.now() + 60_000,
      }),
    ]);
  });

  it.each([
    [0, 60_000],
    [1, 10_000],
    [30_000, 30_000],
    [2 ** 32 - 1, 600_000],
  ])("grants a lease of %i ms as %i ms", async (leaseMs, granted) => {
    const { send } = network();
    expect(await send(registration({ name: "n3", leaseMs }))).toMatchObject({ leaseMs: granted });
  });

  it("passes messages on without putting itself on the return route [relay-not-on-return-route]", async () => {
    const { send, clientHost, relayHost, dialled } = network();
    const arrived: Message[] = [];
    const { address: forwardTo } = clientHost.startWorker((message) => void arrived.push(message), {
      exposure: "network",
    });
    await send(registration({ name: "n3", forwardTo }));
    relayHost.send({
      onwardRoute: ["forward_to_n3", "echo"],
      returnRoute: ["somebody"],
      payload: Buffer.from("hi"),
      fields: { trace: 7 },
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(arrived).toEqual([
      expect.objectContaining({
        onwardRoute: ["echo"],
        returnRoute: [dialled.address, "somebody"],
        fields: { trace: 7 },
        hopCount: 3,
      }),
    ]);
  });

  it("refuses a route that becomes too long, in its own name", async () => {
    const { send, relayHost } = network();
    await send(registration({ name: "n3" }));
    const onwardRoute = ["forward_to_n3", ...Array.from({ length: 63 }, () => "hop")];
    await expect(request(relayHost, onwardRoute, empty)).rejects.toMatchObject({
      code: "ROUTE_TOO_LONG",
      hop: "forward_to_n3",
    });
    expect(relayHost.failures).toEqual([]);
  });

  it("ends a cycle of relays with an error", async () => {
    const { relayHost } = network();
    const local = (name: string, forwardTo: string) =>
      ask(relayHost, ["relay"], registration({ name, forwardTo }));
    await local("a", "forward_to_b");
    await local("b", "forward_to_a");
    const cycle = request(relayHost, ["forward_to_a", "echo"], empty);
    await expect(cycle).rejects.toMatchObject({ code: "HOP_LIMIT_EXCEEDED" });
  });

  it("refuses a stranger by name, whatever the stranger's epoch", async () => {
    const { send, service } = network();
    await send(registration({ name: "n3" }));
    const reply = await send(registration({ name: "n3", token: token(2), epoch: 99 }));
    expect(reply).toEqual(refused("RELAY_NAME_TAKEN"));
    expect(JSON.stringify(reply)).toContain("n3");
    expect(service.list()).toHaveLength(1);
  });

  it("lets the owner replace its registration while the old connection still looks alive", async () => {
    const { send, via, service, relayHost } = network();
    await send(registration({ name: "n3" }));
    const worker = relayHost.workers.get("forward_to_n3");
    const other = connect(new LoopbackHost(), relayHost);
    expect(await via(other.dialled)(registration({ name: "n3", epoch: 2 }))).toEqual(registered);
    expect(service.list()[0]?.route[0]).toBe(other.accepted.address);
    expect(relayHost.workers.get("forward_to_n3")).toBe(worker);
  });

  it("refuses an old epoch after a new one, and says which is in force", async () => {
    const { send, service } = network();
    await send(registration({ name: "n3", epoch: 5 }));
    const route = service.list()[0]?.route;
    expect(await send(registration({ name: "n3", epoch: 4, sequence: 9 }))).toMatchObject({
      code: "RELAY_SUPERSEDED",
      epoch: 5,
    });
    expect(service.list()[0]?.route).toBe(route);
  });

  it("renews without withdrawing the address", async () => {
    const { send, service, relayHost } = network();
    const gone = vi.fn();
    await send(registration({ name: "n3" }));
    relayHost.watch("forward_to_n3", (state) => state === "gone" && gone());
    for (let sequence = 2; sequence < 10; sequence += 1) {
      await vi.advanceTimersByTimeAsync(50_000);
      expect(await send(registration({ name: "n3", sequence }))).toEqual(registered);
    }
    expect(gone).not.toHaveBeenCalled();
    expect(service.list()).toHaveLength(1);
  });

  it("withdraws a name when its lease ends, and then gives it to anybody", async () => {
    const { send, service, relayHost } = network();
    await send(registration({ name: "n3" }));
    await vi.advanceTimersByTimeAsync(59_999);
    expect(service.list()).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(service.list()).toEqual([]);
    expect(relayHost.workers.has("forward_to_n3")).toBe(false);
    expect(await send(registration({ name: "n3", token: token(2) }))).toEqual(registered);
  });

  it("has one timer for all leases, and none when there are none", async () => {
    const { send, service } = network();
    for (let index = 0; index < 100; index += 1) {
      await send(registration({ name: `n${index}`, leaseMs: 10_000 + index * 1_000 }));
    }
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(service.list()).toHaveLength(49);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(service.list()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps the name for its owner when the connection is lost, and refuses messages meanwhile", async () => {
    const { send, via, service, relayHost, accepted } = network();
    await send(registration({ name: "n3" }));
    accepted.become("gone");
    expect(service.list()[0]?.state).toBe("down");
    const down = { code: "CONNECTION_DOWN", hop: "forward_to_n3" };
    await expect(request(relayHost, ["forward_to_n3", "echo"], empty)).rejects.toMatchObject(down);
    const other = via(connect(new LoopbackHost(), relayHost).dialled);
    const theirs = registration({ name: "n3", token: token(2), epoch: 9 });
    expect(await other(theirs)).toEqual(refused("RELAY_NAME_TAKEN"));
    expect(await other(registration({ name: "n3", sequence: 2 }))).toEqual(registered);
    expect(service.list()[0]?.state).toBe("up");
  });

  it("frees a name for its owner only, and not for an earlier start of the owner", async () => {
    const { send, service } = network();
    const release = { type: "release", name: "n3", epoch: 5, sequence: 2, token: token(1) } as const;
    await send(registration({ name: "n3", epoch: 5 }));
    await send({ ...release, token: token(2) });
    await send({ ...release, epoch: 4 });
    expect(service.list()).toHaveLength(1);
    expect(await send(release)).toEqual({ type: "released" });
    expect(service.list()).toEqual([]);
    expect(await send(release)).toEqual({ type: "released" });
  });

  it("reports registrations, moves, ends and refusals, and never a token", async () => {
    const reports: RelayReport[] = [];
    const { send, via, relayHost } = network({ onReport: (report) => void reports.push(report) });
    await send(registration({ name: "a" }));
    await via(connect(new LoopbackHost(), relayHost).dialled)(registration({ name: "a", sequence: 2 }));
    await send(registration({ name: "a", token: token(2) }));
    await send({ type: "release", name: "a", epoch: 1, sequence: 3, token: token(1) });
    await send(registration({ name: "b" }));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(reports.map(({ type }) => type)).toEqual([
      "registered",
      "moved",
      "refused",
      "released",
      "registered",
      "expired",
    ]);
    expect(JSON.stringify(reports)).not.toMatch(/token/i);
  });

  it("close() withdraws everything and leaves no timer, worker or watcher", async () => {
    const { send, service, relayHost } = network();
    await send(registration({ name: "n3" }));
    await Promise.all([service.close(), service.close()]);
    expect(relayHost.workers.size).toBe(0);
    expect(relayHost.watchers.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(service.list()).toEqual([]);
  });
});
