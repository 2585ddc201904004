import { createNode, type Node } from "@x/routing";
import { MemoryNetwork, memory } from "@x/transport-memory";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ask, registration } from "../test-support/raw-requests.js";
import { startRelayClient } from "./client/start-relay-client.js";
import { encodeRelayRequest } from "./protocol/relay-message.js";
import { startRelayService } from "./service/service.js";

const nodes: Node[] = [];

/** Runs fake time until a promise settles. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const mark = (): void => {
    isSettled = true;
  };
  promise.then(mark, mark);
  for (let turns = 0; turns < 1_000 && !isSettled; turns += 1) await vi.advanceTimersByTimeAsync(1);
  return await promise;
}

function networkOf(network: MemoryNetwork, isReliable = true) {
  return () => {
    const node = createNode({
      transports: [memory({ network, reliable: isReliable, ordered: isReliable })],
    });
    nodes.push(node);
    return node;
  };
}

describe("relays over faulty wires", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(async () => {
    const closed = Promise.all(nodes.splice(0).map((node) => node.close()));
    await vi.advanceTimersByTimeAsync(10_000);
    await closed;
    vi.useRealTimers();
  });

  it("are there again within a second of the connection after a cut that nobody heard of", async () => {
    const network = new MemoryNetwork();
    const node = networkOf(network);
    const relay = node();
    const service = startRelayService(relay);
    await settled(relay.listen("memory#relay"));
    const home = node();
    const connection = await settled(home.connect("memory#relay"));
    const client = startRelayClient(home, { route: [connection.worker, "relay"] });
    await settled(client.whenUp());
    network.isolate("relay", 15_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([connection.state, client.state]).toEqual(["down", "down"]);
    network.restore("relay");
    while (connection.state === "down") await vi.advanceTimersByTimeAsync(10);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(client.state).toBe("up");
    expect(service.list()).toMatchObject([{ state: "up", name: client.name }]);
  });

  it("end with the owner's newest start although requests are lost, doubled and overtaken", async () => {
    const conditions = {
      lossRate: 0.2,
      duplicateRate: 0.3,
      reorderRate: 0.3,
      reorderMs: 2_000,
      jitterMs: 50,
    };
    const network = new MemoryNetwork({ conditions });
    const node = networkOf(network, false);
    const relay = node();
    const service = startRelayService(relay);
    await settled(relay.listen("memory#relay"));
    const startAll = async (tokens: readonly string[]) => {
      const home = node();
      const { worker } = await settled(home.connect("memory#relay"));
      return Array.from({ length: 20 }, (_, index) => {
        const token = tokens[index];
        const owner = token === undefined ? {} : { token };
        return startRelayClient(home, { route: [worker, "relay"], name: `n${index}`, ...owner });
      });
    };
    const first = await startAll([]);
    await vi.advanceTimersByTimeAsync(30_000);
    const second = await startAll(first.map(({ token }) => token));
    await vi.advanceTimersByTimeAsync(60_000);
    const ends = service.list().map(({ name, route }) => `${name} ${route.at(-1)}`);
    expect(ends.sort()).toEqual(second.map(({ name, workerAddress }) => `${name} ${workerAddress}`).sort());
    expect(first.every(({ state }) => state === "down")).toBe(true);
    expect(second.filter(({ state }) => state === "up").length).toBeGreaterThan(15);
  });

  it("register while another client asks without end and does not read the replies", async () => {
    const network = new MemoryNetwork();
    const node = networkOf(network);
    const relay = node();
    const limits = { maxRequestBurst: 1e6 };
    startRelayService(relay, { limits });
    await settled(relay.listen("memory#relay"));
    const deaf = node();
    const toRelay = await settled(deaf.connect("memory#relay"));
    const [link] = network.links("relay");
    link?.toDialler.block();
    const payload = encodeRelayRequest(registration({ name: "deaf" }));
    const fields = { padding: "x".repeat(8_000) };
    for (let index = 0; index < 5_000; index += 1) {
      void deaf.send({ onwardRoute: [toRelay.worker, "relay"], returnRoute: ["me"], payload, fields });
    }
    const home = node();
    const connection = await settled(home.connect("memory#relay"));
    const reply = ask(home, [connection.worker, "relay"], registration({ name: "n3" }));
    expect(await settled(reply)).toMatchObject({ type: "registered" });
    link?.unblock();
  });
});
