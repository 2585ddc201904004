import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pair } from "../../test-support/client-pair.js";
import { connect, cut, LoopbackHost, reconnect } from "../../test-support/loopback-host.js";
import { encodeRelayReply } from "../protocol/relay-message.js";
import { startRelayService } from "../service/service.js";

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("startRelayClient() and what can go wrong", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(async () => {
    // What a test left under way would otherwise set a timer of the next test's clock.
    await vi.advanceTimersByTimeAsync(0);
    vi.useRealTimers();
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
    await owner.release();
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
});
