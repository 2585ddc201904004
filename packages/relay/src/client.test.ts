import { request } from "@x/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, cut, LoopbackHost, reconnect } from "../test-support/loopback-host.js";
import { type RelayClientOptions, startRelayClient } from "./client.js";
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
});
