import { request } from "@x/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pair } from "../../test-support/client-pair.js";
import { cut } from "../../test-support/loopback-host.js";
import { encodeRelayReply } from "../protocol/relay-message.js";
import { startRelayService } from "../service/service.js";
import { startRelayClient } from "./start-relay-client.js";

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("startRelayClient()", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(async () => {
    // What a test left under way would otherwise set a timer of the next test's clock.
    await vi.advanceTimersByTimeAsync(0);
    vi.useRealTimers();
  });

  it("makes its node reachable through the relay service", async () => {
    const { relayHost, start, ask, connection } = pair();
    const service = startRelayService(relayHost);
    const client = start();
    await client.whenUp();
    expect(await ask()).toBe("HELLO");
    expect(client.flowRoute).toEqual([connection.dialled.address, "forward_to_n3"]);
    expect(service.list()).toMatchObject([
      { name: "n3", address: "forward_to_n3", state: "up", leaseMs: 60_000 },
    ]);
  });

  it("is up from the first reply on, and tells each change", async () => {
    const { relayHost, start } = pair();
    startRelayService(relayHost);
    const states: string[] = [];
    const client = start({ onChange: ({ state }) => void states.push(state) });
    expect(client.state).toBe("down");
    await client.whenUp();
    expect(states).toEqual(["up"]);
    expect(client).toMatchObject({ attempts: 0, lastFailure: undefined, remoteAddress: "forward_to_n3" });
  });

  it("takes a random name and token unless given [relay-name]", async () => {
    const { relayHost, start, connection } = pair();
    startRelayService(relayHost);
    const { name: _name, ...unnamed } = { route: [connection.dialled.address, "relay"], name: "" };
    const client = startRelayClient(connection.dialled.host, unnamed);
    await client.whenUp();
    expect(client.name).toMatch(/^[0-9a-f]{32}$/);
    expect(client.token).toMatch(/^[0-9a-f]{64}$/);
    expect(start({ token: client.token }).token).toBe(client.token);
  });

  it.each([
    [{ name: "n 3" }, "RELAY_NAME_INVALID"],
    [{ route: [] }, "ROUTE_INVALID"],
    [{ route: ["a b"] }, "ADDRESS_INVALID"],
  ])("refuses %j at once", (options, code) => {
    const { start, clientHost } = pair();
    const before = clientHost.workers.size;
    expect(() => start(options)).toThrow(expect.objectContaining({ code }));
    expect(() => start({ token: "short" })).toThrow(RangeError);
    expect(() => start({ leaseMs: -1 })).toThrow(RangeError);
    expect(clientHost.workers.size).toBe(before);
  });

  it("refuses a message whose route ends at it, and sends no reply to a negative reply", async () => {
    const { relayHost, start, clientHost } = pair();
    startRelayService(relayHost);
    const client = start();
    await client.whenUp();
    const message = { onwardRoute: ["forward_to_n3"], payload: new Uint8Array(), hopCount: 0 };
    const ended = { code: "ROUTE_ENDED", hop: client.workerAddress };
    await expect(request(relayHost, message.onwardRoute, "")).rejects.toMatchObject(ended);
    const refusal = { code: "INTERNAL", hop: "x", reason: "x" } as const;
    relayHost.post({ ...message, returnRoute: ["nobody"], refusal });
    await settle();
    expect([...clientHost.failures, ...relayHost.failures]).toEqual([]);
  });

  it("renews well before the lease ends, for as long as it lives", async () => {
    const { relayHost, start } = pair();
    const service = startRelayService(relayHost);
    const client = start({ leaseMs: 10_000 });
    await client.whenUp();
    for (let minute = 0; minute < 60; minute += 1) {
      await vi.advanceTimersByTimeAsync(60_000);
      expect(service.list()[0]?.expiresAt).toBeGreaterThan(Date.now() + 5_000);
    }
    expect(client.attempts).toBe(0);
    expect(vi.getTimerCount()).toBe(2);
  });

  it.each([
    ["garbage", Buffer.from("garbage")],
    ["an answer to another request", encodeRelayReply({ type: "released" })],
  ])("lives on when the service answers with %s", async (_what, payload) => {
    const { relayHost, start, clientHost, connection } = pair();
    relayHost.startWorker((message) => void message.reply(payload), {
      address: "relay",
      exposure: "network",
    });
    const client = start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client).toMatchObject({ state: "down", lastFailure: { code: "REPLY_INVALID" } });
    expect(connection.dialled.carried.length).toBeLessThan(60);
    expect(clientHost.failures).toEqual([]);
  });

  it("does not take messages that visitors send it for replies", async () => {
    const { relayHost, start } = pair();
    startRelayService(relayHost);
    const client = start();
    await client.whenUp();
    const refusal = { code: "RELAY_NAME_TAKEN", hop: "relay", reason: "forged" } as const;
    const payload = encodeRelayReply({ type: "refused", code: "RELAY_NAME_TAKEN", reason: "no", epoch: 0 });
    relayHost.send({ onwardRoute: ["forward_to_n3"], payload });
    relayHost.post({ onwardRoute: ["forward_to_n3"], returnRoute: [], payload, hopCount: 0, refusal });
    await settle();
    expect(client).toMatchObject({ state: "up", attempts: 0, lastFailure: undefined });
  });

  it.each(["close", "release"] as const)("%s() leaves no timer, worker or watcher", async (end) => {
    const { relayHost, clientHost, start } = pair();
    const service = startRelayService(relayHost);
    const workers = clientHost.workers.size;
    const client = start();
    await client.whenUp();
    await Promise.all([client[end](), client[end]()]);
    // The name is given back by release() alone.
    expect(service.list()).toHaveLength(end === "close" ? 1 : 0);
    await service.close();
    expect(clientHost.workers.size).toBe(workers);
    expect(clientHost.watchers.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(client.state).toBe("down");
    await expect(client.whenUp()).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("release() takes one second when the service does not answer, no time when the connection is down, and says so", async () => {
    const { relayHost, start, connection } = pair();
    startRelayService(relayHost);
    const [one, two] = [start(), start({ name: "n4" })];
    await Promise.all([one.whenUp(), two.whenUp()]);
    connection.dialled.isSilent = true;
    const closed = vi.fn();
    void one.release().then(closed);
    await vi.advanceTimersByTimeAsync(999);
    expect(closed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(closed).toHaveBeenCalledWith(false);
    cut(connection);
    expect(await two.release()).toBe(false);
  });

  it("release() while registering leaves no registration behind", async () => {
    const { relayHost, start } = pair();
    const service = startRelayService(relayHost);
    await start().release();
    await settle();
    expect(service.list()).toEqual([]);
  });

  it("whenUp() ends with ABORTED by its signal or by close(), and leaves no listener", async () => {
    const { start } = pair();
    const client = start();
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, "removeEventListener");
    const waits = [client.whenUp(controller.signal), client.whenUp(), client.whenUp(AbortSignal.abort())];
    const ends = Promise.allSettled(waits);
    controller.abort();
    await client.close();
    for (const end of await ends)
      expect(end).toMatchObject({ status: "rejected", reason: { code: "ABORTED" } });
    expect(remove).toHaveBeenCalled();
  });
});
