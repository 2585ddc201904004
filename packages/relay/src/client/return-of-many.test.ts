import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, cut, type Link, LoopbackHost, reconnect } from "../../test-support/loopback-host.js";
import { startRelayService } from "../service/service.js";
import { startRelayClient } from "./start-relay-client.js";

/** The most events in any window of so many milliseconds. */
function peak(times: readonly number[], windowMs: number): number {
  const sorted = [...times].sort((one, other) => one - other);
  let first = 0;
  let most = 0;
  for (const [index, time] of sorted.entries()) {
    while (time - (sorted[first] as number) >= windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

describe("many relay clients", { timeout: 60_000 }, () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(async () => {
    // What a test left under way would otherwise set a timer of the next test's clock.
    await vi.advanceTimersByTimeAsync(0);
    vi.useRealTimers();
  });

  async function startAll(many: number) {
    const relayHost = new LoopbackHost();
    const service = startRelayService(relayHost);
    const connections: { dialled: Link; accepted: Link }[] = [];
    const clients = Array.from({ length: many }, (_, index) => {
      const host = new LoopbackHost();
      const connection = connect(host, relayHost);
      connections.push(connection);
      return startRelayClient(host, {
        route: [connection.dialled.address, "relay"],
        name: `n${index}`,
      });
    });
    await Promise.all(clients.map((client) => client.whenUp()));
    const requestTimes = () => connections.flatMap(({ dialled }) => dialled.carried.splice(0));
    requestTimes();
    return { relayHost, service, connections, clients, requestTimes };
  }

  it("all 1,000 come back within 250 ms, spread, when the relay's node is back for all at once", async () => {
    const { relayHost, service, connections, clients, requestTimes } = await startAll(1_000);
    for (const connection of connections) cut(connection);
    await service.close();
    const restarted = startRelayService(relayHost);
    for (const { dialled } of connections) reconnect(dialled, relayHost);
    await vi.advanceTimersByTimeAsync(250);
    expect(clients.every(({ state }) => state === "up")).toBe(true);
    expect(restarted.list()).toHaveLength(1_000);
    const times = requestTimes();
    expect(times).toHaveLength(1_000);
    expect(peak(times, 25)).toBeLessThan(200);
  });

  it("come back with their renewals, spread, when the service alone is restarted", async () => {
    const { relayHost, service, clients, requestTimes } = await startAll(100);
    // Some renewals in, the clients no longer renew in step.
    await vi.advanceTimersByTimeAsync(60_000);
    await service.close();
    const restarted = startRelayService(relayHost);
    requestTimes();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(clients.every(({ state }) => state === "up")).toBe(true);
    expect(restarted.list()).toHaveLength(100);
    expect(peak(requestTimes(), 1_000)).toBeLessThan(35);
  });

  it("do not storm while the service is missing", async () => {
    const { relayHost, service, clients, requestTimes } = await startAll(100);
    await service.close();
    await vi.advanceTimersByTimeAsync(40_000);
    requestTimes();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(peak(requestTimes(), 1_000)).toBeLessThan(75);
    startRelayService(relayHost);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(clients.every(({ state }) => state === "up")).toBe(true);
  });
});
