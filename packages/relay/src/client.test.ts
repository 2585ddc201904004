import { request } from "@x/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, cut, LoopbackHost, reconnect } from "../test-support/loopback-host.js";
import { type RelayClientOptions, startRelayClient } from "./client.js";
import { encodeRelayReply } from "./relay-message.js";
import { startRelayService } from "./service.js";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

function pair() {
  const relayHost = new LoopbackHost();
  const clientHost = new LoopbackHost();
  clientHost.startWorker(
    (message) => {
      const payload = Buffer.from(text(message.payload).toUpperCase());
      clientHost.send({ onwardRoute: message.returnRoute, payload });
    },
    { address: "uppercase", exposure: "network" },
  );
  const connection = connect(clientHost, relayHost);
  const start = (options: Partial<RelayClientOptions> = {}) =>
    startRelayClient(clientHost, {
      route: [connection.dialled.address, "relay"],
      name: "n3",
      random: () => 0.5,
      ...options,
    });
  const ask = async (word = "hello") => {
    const message = { onwardRoute: ["forward_to_n3", "uppercase"], payload: Buffer.from(word) };
    return text((await request(relayHost, message, { timeoutMs: 1_000 })).payload);
  };
  return { relayHost, clientHost, connection, start, ask };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("startRelayClient()", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
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

  it("takes a random name and token unless given", async () => {
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
    const message = { onwardRoute: ["forward_to_n3"], payload: new Uint8Array() };
    const ended = { code: "ROUTE_ENDED", hop: client.workerAddress };
    await expect(request(relayHost, message)).rejects.toMatchObject(ended);
    const refusal = { code: "INTERNAL", hop: "x", reason: "x" } as const;
    relayHost.send({ ...message, returnRoute: ["nobody"], refusal });
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

  it("starts while its connection is down, and heals", async () => {
    const { relayHost, start, connection, ask } = pair();
    startRelayService(relayHost);
    cut(connection);
    const client = start();
    expect(client).toMatchObject({ state: "down", lastFailure: { code: "CONNECTION_DOWN" } });
    await vi.advanceTimersByTimeAsync(60_000);
    reconnect(connection.dialled, relayHost);
    await vi.advanceTimersByTimeAsync(250);
    expect(client.state).toBe("up");
    expect(await ask()).toBe("HELLO");
  });

  it("starts while there is no relay service, and heals", async () => {
    const { relayHost, start, connection } = pair();
    const client = start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.lastFailure?.code).toBe("WORKER_NOT_FOUND");
    expect(client.nextAttemptAt).toBeGreaterThan(Date.now());
    expect(connection.dialled.carried.length).toBeLessThan(60);
    startRelayService(relayHost);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(client.state).toBe("up");
  });

  it("registers again when its connection is back, and is reachable within a second", async () => {
    const { relayHost, start, ask, connection } = pair();
    const service = startRelayService(relayHost);
    const client = start();
    await client.whenUp();
    cut(connection);
    await settle();
    expect(client.state).toBe("down");
    expect(client.lastFailure?.code).toBe("CONNECTION_DOWN");
    expect(service.list()[0]?.state).toBe("down");
    await expect(ask()).rejects.toMatchObject({ code: "CONNECTION_DOWN", hop: "forward_to_n3" });
    reconnect(connection.dialled, relayHost);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(client.state).toBe("up");
    expect(service.list()[0]?.state).toBe("up");
    expect(await ask()).toBe("HELLO");
  });

  it("sends nothing while its connection is down", async () => {
    const { relayHost, start, connection } = pair();
    startRelayService(relayHost);
    const client = start();
    await client.whenUp();
    cut(connection);
    const sent = connection.dialled.carried.length;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(connection.dialled.carried.length).toBe(sent);
    expect(vi.getTimerCount()).toBe(0);
    expect(client.nextAttemptAt).toBeUndefined();
  });

  it("registers again as the same owner at a service that forgot everything", async () => {
    const { relayHost, start, ask } = pair();
    const service = startRelayService(relayHost);
    const client = start();
    await client.whenUp();
    await service.close();
    startRelayService(relayHost);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(client.state).toBe("up");
    expect(await ask()).toBe("HELLO");
  });

  it("stays up when one renewal is lost, and is down when the next is lost too", async () => {
    const { relayHost, start, connection } = pair();
    startRelayService(relayHost);
    const client = start();
    await client.whenUp();
    connection.dialled.isSilent = true;
    await vi.advanceTimersByTimeAsync(21_000);
    expect(client).toMatchObject({ state: "up", attempts: 1, lastFailure: { code: "TIMED_OUT" } });
    await vi.advanceTimersByTimeAsync(4_000);
    expect(client).toMatchObject({ state: "down", lastFailure: { code: "TIMED_OUT" } });
    connection.dialled.isSilent = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(client.state).toBe("up");
  });

  it("renews every 5 s at least when other nodes lie between, so that a break there is noticed", async () => {
    const { relayHost, clientHost, start } = pair();
    const far = new LoopbackHost();
    const second = connect(relayHost, far);
    startRelayService(far);
    const [first] = clientHost.links.keys();
    const client = start({ route: [first as string, second.dialled.address, "relay"] });
    await client.whenUp();
    cut(second);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(client.lastFailure).toMatchObject({ code: "CONNECTION_DOWN", hop: second.dialled.address });
    reconnect(second.dialled, far);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(client.state).toBe("up");
  });

  it("waits long, with reason, while a stranger has the name, and takes it when it falls free", async () => {
    const { relayHost, start, connection } = pair();
    startRelayService(relayHost);
    const owner = start();
    await owner.whenUp();
    const stranger = start();
    await settle();
    expect(stranger).toMatchObject({ state: "down", lastFailure: { code: "RELAY_NAME_TAKEN" } });
    const sent = connection.dialled.carried.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(connection.dialled.carried.length - sent).toBeLessThan(20);
    expect(owner.state).toBe("up");
    await owner.close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(stranger.state).toBe("up");
  });

  it("replaces the owner's earlier start at once, and the earlier one stays down without a fight", async () => {
    const { relayHost, start } = pair();
    const service = startRelayService(relayHost);
    const earlier = start();
    await earlier.whenUp();
    await vi.advanceTimersByTimeAsync(1_000);
    const later = start({ token: earlier.token });
    await later.whenUp();
    expect(service.list()[0]?.route.at(-1)).toBe(later.workerAddress);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(service.list()[0]?.route.at(-1)).toBe(later.workerAddress);
    expect(later.state).toBe("up");
    expect(earlier).toMatchObject({ state: "down", lastFailure: { code: "RELAY_SUPERSEDED" } });
    await earlier.close();
    expect(service.list()).toHaveLength(1);
  });

  it("replaces the owner's earlier start also when the clock was set back between them", async () => {
    const { relayHost, start } = pair();
    const service = startRelayService(relayHost);
    const earlier = start();
    await earlier.whenUp();
    vi.setSystemTime(Date.now() - 3_600_000);
    const later = start({ token: earlier.token });
    await later.whenUp();
    expect(service.list()[0]?.route.at(-1)).toBe(later.workerAddress);
  });

  it("registers again within 5 s after the machine slept through its lease", async () => {
    const { relayHost, start } = pair();
    const service = startRelayService(relayHost);
    const client = start({ leaseMs: 600_000 });
    await client.whenUp();
    await service.close();
    startRelayService(relayHost);
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersByTimeAsync(5_200);
    expect(client).toMatchObject({ state: "up", attempts: 0 });
    expect(relayHost.workers.has("forward_to_n3")).toBe(true);
  });

  it("clamps the lease it is granted, so that a service cannot make it spin", async () => {
    const { relayHost, start, connection } = pair();
    relayHost.startWorker(
      (message) => {
        const payload = encodeRelayReply({ type: "registered", address: "forward_to_n3", leaseMs: 0 });
        relayHost.send({ onwardRoute: message.returnRoute, payload });
      },
      { address: "relay", exposure: "network" },
    );
    await start().whenUp();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(connection.dialled.carried.length).toBeLessThan(30);
  });

  it.each([
    ["garbage", Buffer.from("garbage")],
    ["an answer to another request", encodeRelayReply({ type: "released" })],
  ])("lives on when the service answers with %s", async (_what, payload) => {
    const { relayHost, start, clientHost, connection } = pair();
    relayHost.startWorker((message) => relayHost.send({ onwardRoute: message.returnRoute, payload }), {
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
    relayHost.send({ onwardRoute: ["forward_to_n3"], payload, refusal });
    await settle();
    expect(client).toMatchObject({ state: "up", attempts: 0, lastFailure: undefined });
  });

  it("close() gives the name back and leaves no timer, worker or watcher", async () => {
    const { relayHost, clientHost, start } = pair();
    const service = startRelayService(relayHost);
    const workers = clientHost.workers.size;
    const client = start();
    await client.whenUp();
    await Promise.all([client.close(), client.close()]);
    expect(service.list()).toEqual([]);
    expect(clientHost.workers.size).toBe(workers);
    expect(clientHost.watchers.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(client.state).toBe("down");
    await expect(client.whenUp()).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("close() takes one second when the service does not answer, and no time when the connection is down", async () => {
    const { relayHost, start, connection } = pair();
    startRelayService(relayHost);
    const [one, two] = [start(), start({ name: "n4" })];
    await Promise.all([one.whenUp(), two.whenUp()]);
    connection.dialled.isSilent = true;
    const closed = vi.fn();
    void one.close().then(closed);
    await vi.advanceTimersByTimeAsync(999);
    expect(closed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(closed).toHaveBeenCalled();
    cut(connection);
    await two.close();
  });

  it("close() while registering leaves no registration behind", async () => {
    const { relayHost, start } = pair();
    const service = startRelayService(relayHost);
    await start().close();
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
