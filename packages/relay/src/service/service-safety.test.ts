import { type Message, request } from "@x/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, LoopbackHost } from "../../test-support/loopback-host.js";
import { registration, token } from "../../test-support/raw-requests.js";
import { network } from "../../test-support/relay-network.js";
import type { RelayDirectory } from "../names/directory.js";
import { encodeRelayRequest } from "../protocol/relay-message.js";

const refused = (code: string) => expect.objectContaining({ type: "refused", code });
const registered = expect.objectContaining({ type: "registered" });
const empty = new Uint8Array();

describe("startRelayService() and those who mean no good", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(async () => {
    // What a test left under way would otherwise set a timer of the next test's clock.
    await vi.advanceTimersByTimeAsync(0);
    vi.useRealTimers();
  });

  it("limits the relays of a connection and of the node, each with its own code [relay-limit]", async () => {
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
    for (let number = 1; number <= 5; number += 1) await send(registration({ name: `n${number}` }));
    expect(await send(registration({ name: "n6" }))).toEqual(refused("RELAY_RATE_LIMIT_EXCEEDED"));
    expect(await send(Buffer.from("garbage"))).toEqual(refused("RELAY_RATE_LIMIT_EXCEEDED"));
    expect(await other(registration({ name: "n7" }))).toEqual(registered);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await send(registration({ name: "n6" }))).toEqual(registered);
  });

  it("lets nobody spend the requests of an owner: neither by junk over the owner's connection nor by others' tokens", async () => {
    const limits = { maxRequestBurst: 5, maxRequestsPerSecond: 1 };
    const { send, service, relayHost, accepted } = network({ limits });
    let sequence = 1;
    await send(registration({ name: "n3", leaseMs: 10_000 }));
    // Junk that the owner's node passed on has a longer way back.
    const junk = { arrivedBy: accepted.address, returnRoute: [accepted.address, "hop", "w"], hopCount: 0 };
    for (let second = 0; second < 60; second += 1) {
      const payload = encodeRelayRequest(registration({ name: "n3", token: token(2), epoch: second }));
      for (let index = 0; index < 50; index += 1)
        relayHost.post({ onwardRoute: ["relay"], payload, ...junk });
      await vi.advanceTimersByTimeAsync(1_000);
      if (second % 4 === 3) {
        sequence += 1;
        expect(await send(registration({ name: "n3", sequence, leaseMs: 10_000 }))).toEqual(registered);
        expect(await send(registration({ name: `other${second}` }))).toEqual(registered);
      }
    }
    expect(service.list().map(({ name }) => name)).toContain("n3");
  });

  it("takes an owner's renewal also over a connection whose requests others have used up", async () => {
    const { send, relayHost, accepted } = network({
      limits: { maxRequestBurst: 1, maxRequestsPerSecond: 0 },
    });
    const far = new LoopbackHost();
    const middle = connect(far, relayHost);
    const heard: unknown[] = [];
    far.startWorker((message) => void heard.push(Buffer.from(message.payload).toString("latin1")), {
      address: "far",
      exposure: "network",
    });
    await send(registration({ name: "near" }));
    const from = {
      arrivedBy: middle.accepted.address,
      returnRoute: [middle.accepted.address, "hop", "far"],
      hopCount: 0,
    };
    far.startWorker((message) => void message.forward(), { address: "hop", exposure: "network" });
    const post = async (request: Parameters<typeof registration>[0]) => {
      relayHost.post({ onwardRoute: ["relay"], payload: encodeRelayRequest(registration(request)), ...from });
      await vi.advanceTimersByTimeAsync(0);
      return heard.at(-1);
    };
    expect(await post({ name: "far" })).toContain("forward_to_far");
    expect(await post({ name: "junk" })).toContain("RELAY_RATE_LIMIT_EXCEEDED");
    expect(await post({ name: "far", token: token(2) })).toContain("RELAY_RATE_LIMIT_EXCEEDED");
    expect(await post({ name: "far", sequence: 2 })).toContain("forward_to_far");
    expect(await post({ name: "far", sequence: 3 })).toContain("forward_to_far");
    expect(await post({ name: "far", sequence: 4 })).toContain("RELAY_RATE_LIMIT_EXCEEDED");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await post({ name: "far", sequence: 5 })).toContain("forward_to_far");
    expect(accepted.state).toBe("up");
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
    relayHost.startWorker(heard, { address: "me", exposure: "network" });
    const refusal = { code: "INTERNAL", hop: "x", reason: "x" } as const;
    relayHost.send({ onwardRoute: ["relay"], payload: empty });
    for (const address of ["relay", "forward_to_x"]) {
      relayHost.post({ onwardRoute: [address], returnRoute: ["me"], payload: empty, hopCount: 0, refusal });
    }
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).not.toHaveBeenCalled();
    expect(relayHost.failures).toEqual([]);
  });

  it("takes no registration from the network that has no way back, which would lead to a worker of its own node", async () => {
    const { relayHost, service, accepted } = network();
    const payload = encodeRelayRequest(registration({ name: "n3", forwardTo: "relay" }));
    const from = { arrivedBy: accepted.address, returnRoute: [accepted.address], hopCount: 0 };
    relayHost.post({ onwardRoute: ["relay"], payload, ...from });
    await vi.advanceTimersByTimeAsync(0);
    expect(service.list()).toEqual([]);
  });

  it("lets no route from the network lead messages of its own node to a local worker", async () => {
    const { relayHost, accepted } = network();
    const secret = vi.fn();
    relayHost.startWorker(secret, { address: "secret" });
    const payload = encodeRelayRequest(registration({ name: "n3", forwardTo: "secret" }));
    const from = { arrivedBy: accepted.address, returnRoute: ["hop", accepted.address], hopCount: 0 };
    relayHost.startWorker((message) => void message.forward(), { address: "hop", exposure: "network" });
    relayHost.post({ onwardRoute: ["relay"], payload, ...from });
    await vi.advanceTimersByTimeAsync(0);
    await expect(request(relayHost, ["forward_to_n3"], empty)).rejects.toMatchObject({
      code: "HOP_REFUSED",
      hop: "secret",
    });
    expect(secret).not.toHaveBeenCalled();
  });

  it("refuses a registration over too many hops", async () => {
    const { relayHost } = network();
    const heard: Message[] = [];
    relayHost.startWorker((message) => void heard.push(message), { address: "me", exposure: "network" });
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
});
