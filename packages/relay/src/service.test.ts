import { generateAddress, type Message, request } from "@x/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, type Link, LoopbackHost } from "../test-support/loopback-host.js";
import { ask, registration, token } from "../test-support/raw-requests.js";
import type { RelayDirectory } from "./directory.js";
import { encodeRelayRequest, type RelayReply, type RelayRequest } from "./relay-message.js";
import { type RelayReport, type RelayServiceOptions, startRelayService } from "./service.js";

function network(options: RelayServiceOptions = {}) {
  const relayHost = new LoopbackHost();
  const clientHost = new LoopbackHost();
  const service = startRelayService(relayHost, options);
  const { dialled, accepted } = connect(clientHost, relayHost);
  const via =
    (link: Link) =>
    (content: RelayRequest | Uint8Array): Promise<RelayReply> =>
      ask(link.host, [link.address, "relay"], content);
  return { relayHost, clientHost, service, dialled, accepted, via, send: via(dialled) };
}

const refused = (code: string) => expect.objectContaining({ type: "refused", code });
const registered = expect.objectContaining({ type: "registered" });
const empty = new Uint8Array();

describe("startRelayService()", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
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

  it("passes messages on without putting itself on the return route", async () => {
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
    await expect(request(relayHost, { onwardRoute, payload: empty })).rejects.toMatchObject({
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
    const cycle = request(relayHost, { onwardRoute: ["forward_to_a", "echo"], payload: empty });
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
    const message = { onwardRoute: ["forward_to_n3", "echo"], payload: empty };
    const down = { code: "CONNECTION_DOWN", hop: "forward_to_n3" };
    await expect(request(relayHost, message)).rejects.toMatchObject(down);
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

  it("limits the relays of a connection and of the node, each with its own code", async () => {
    const { send, via, relayHost } = network({ limits: { maxRelaysPerConnection: 2, maxRelays: 3 } });
    const other = via(connect(new LoopbackHost(), relayHost).dialled);
    await send(registration({ name: "a" }));
    await send(registration({ name: "b" }));
    expect(await send(registration({ name: "c" }))).toEqual(refused("RELAY_CONNECTION_LIMIT_EXCEEDED"));
    expect(await send(registration({ name: "a", sequence: 2 }))).toEqual(registered);
    expect(await other(registration({ name: "c" }))).toEqual(registered);
    expect(await other(registration({ name: "d" }))).toEqual(refused("RELAY_LIMIT_EXCEEDED"));
  });

  it("does not lose count over reconnects, expiries and releases", async () => {
    const { service, via, relayHost } = network({ limits: { maxRelaysPerConnection: 2, maxRelays: 2 } });
    const watchersAtStart = relayHost.watchers.size;
    for (let round = 1; round <= 200; round += 1) {
      const { dialled, accepted } = connect(new LoopbackHost(), relayHost);
      expect(await via(dialled)(registration({ name: "a", epoch: round }))).toEqual(registered);
      expect(await via(dialled)(registration({ name: "b", epoch: round }))).toEqual(registered);
      const again = { type: "release", name: "b", epoch: round, sequence: 2, token: token(1) } as const;
      if (round % 2 === 0) await via(dialled)(again);
      if (round % 3 === 0) await vi.advanceTimersByTimeAsync(61_000);
      accepted.become("gone");
    }
    await vi.advanceTimersByTimeAsync(61_000);
    expect(service.list()).toEqual([]);
    expect(relayHost.watchers.size).toBe(watchersAtStart);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("limits the rate of requests of one connection, and leaves the others alone", async () => {
    const { send, via, relayHost } = network({ limits: { maxRequestBurst: 5, maxRequestsPerSecond: 1 } });
    const other = via(connect(new LoopbackHost(), relayHost).dialled);
    for (let sequence = 1; sequence <= 5; sequence += 1) await send(registration({ name: "n3", sequence }));
    expect(await send(registration({ name: "n3", sequence: 6 }))).toEqual(
      refused("RELAY_RATE_LIMIT_EXCEEDED"),
    );
    expect(await send(Buffer.from("garbage"))).toEqual(refused("RELAY_RATE_LIMIT_EXCEEDED"));
    expect(await other(registration({ name: "n4" }))).toEqual(registered);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await send(registration({ name: "n3", sequence: 7 }))).toEqual(registered);
  });

  it("answers any bytes with a refusal, and lives on", async () => {
    const { send, relayHost } = network({ limits: { maxRequestBurst: 1e9 } });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), async (bytes) => {
        expect(await send(bytes)).toMatchObject({ type: "refused" });
      }),
      { numRuns: 500 },
    );
    expect(relayHost.failures).toEqual([]);
    expect(await send(registration({ name: "n3" }))).toEqual(registered);
  });

  it("forgets a connection that sent garbage alone", async () => {
    const { send, relayHost, accepted } = network();
    await send(Buffer.from("garbage"));
    expect(relayHost.watchers.has(accepted.address)).toBe(true);
    accepted.become("gone");
    expect(relayHost.watchers.has(accepted.address)).toBe(false);
  });

  it("stays silent without a return route, and for a negative reply", async () => {
    const { relayHost } = network();
    const heard = vi.fn();
    relayHost.startWorker(heard, { address: "me" });
    const refusal = { code: "INTERNAL", hop: "x", reason: "x" } as const;
    relayHost.send({ onwardRoute: ["relay"], payload: empty });
    relayHost.send({ onwardRoute: ["relay"], returnRoute: ["me"], payload: empty, refusal });
    relayHost.send({ onwardRoute: ["forward_to_x"], returnRoute: ["me"], payload: empty, refusal });
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).not.toHaveBeenCalled();
    expect(relayHost.failures).toEqual([]);
  });

  it("takes no registration from the network that has no way back, which would lead to a worker of its own node", async () => {
    const { relayHost, service, accepted } = network();
    const payload = encodeRelayRequest(registration({ name: "n3", forwardTo: "relay" }));
    const local = { arrivedBy: accepted.address };
    relayHost.send({ onwardRoute: ["relay"], returnRoute: [accepted.address], payload, local });
    await vi.advanceTimersByTimeAsync(0);
    expect(service.list()).toEqual([]);
  });

  it("lets no route from the network lead messages of its own node to a local worker", async () => {
    const { relayHost, accepted } = network();
    const secret = vi.fn();
    relayHost.startWorker(secret, { address: "secret" });
    const payload = encodeRelayRequest(registration({ name: "n3", forwardTo: "secret" }));
    const local = { arrivedBy: accepted.address };
    relayHost.startWorker((message) => void relayHost.send(message), { address: "hop", exposure: "network" });
    relayHost.send({ onwardRoute: ["relay"], returnRoute: ["hop", accepted.address], payload, local });
    await vi.advanceTimersByTimeAsync(0);
    const message = { onwardRoute: ["forward_to_n3"], payload: empty };
    await expect(request(relayHost, message)).rejects.toMatchObject({ code: "HOP_REFUSED", hop: "secret" });
    expect(secret).not.toHaveBeenCalled();
  });

  it("refuses a registration over too many hops", async () => {
    const { relayHost } = network();
    const heard: Message[] = [];
    relayHost.startWorker((message) => void heard.push(message), { address: "me" });
    const returnRoute = ["me", ...Array.from({ length: 32 }, () => "hop")];
    const payload = encodeRelayRequest(registration({ name: "n3" }));
    relayHost.send({ onwardRoute: ["relay"], returnRoute, payload });
    await vi.advanceTimersByTimeAsync(0);
    expect(Buffer.from(heard[0]?.payload ?? "").toString()).toContain("ROUTE_TOO_LONG");
  });

  it("says RELAY_NAME_TAKEN when another worker sits at the address, and keeps nothing", async () => {
    const { send, relayHost } = network();
    const squatter = relayHost.startWorker(() => undefined, { address: "forward_to_n3" });
    expect(await send(registration({ name: "n3" }))).toEqual(refused("RELAY_NAME_TAKEN"));
    await squatter.close();
    expect(await send(registration({ name: "n3", token: token(2) }))).toEqual(registered);
  });

  it("says RELAY_LIMIT_EXCEEDED when the node can have no more workers", async () => {
    const { send, relayHost } = network();
    relayHost.maxWorkers = relayHost.workers.size;
    expect(await send(registration({ name: "n3" }))).toEqual(refused("RELAY_LIMIT_EXCEEDED"));
  });

  it("answers with INTERNAL, and no detail, when the directory fails", async () => {
    const fail = () => Promise.reject(new Error("secret detail"));
    const directory: RelayDirectory = { claim: fail, release: fail };
    const { send } = network({ directory });
    const reply = await send(registration({ name: "n3" }));
    expect(reply).toEqual(refused("INTERNAL"));
    expect(JSON.stringify(reply)).not.toContain("secret");
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
