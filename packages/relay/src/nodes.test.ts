import { type Address, generateAddress, type Message, type Route, request, type Transport } from "@x/core";
import { createNode, type Node, startHop, startUppercase } from "@x/routing";
import { MemoryNetwork, memory } from "@x/transport-memory";
import { tcp } from "@x/transport-tcp";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ask, registration } from "../test-support/raw-requests.js";
import { startRelayClient } from "./client/start-relay-client.js";
import { startRelayService } from "./service/service.js";

const nodes: Node[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close()));
});

interface Wire {
  readonly transport: () => Transport;
  readonly anywhere: () => Address;
}

const network = new MemoryNetwork();
const wires: Record<string, Wire> = {
  memory: { transport: () => memory({ network }), anywhere: () => `memory#${generateAddress()}` },
  tcp: { transport: () => tcp(), anywhere: () => "tcp#127.0.0.1:0" },
};

function node(wire: Wire): Node {
  const made = createNode({ transports: [wire.transport()] });
  nodes.push(made);
  return made;
}

async function relayNode(wire: Wire, address: Address = wire.anywhere()) {
  const relay = node(wire);
  const service = startRelayService(relay);
  const listener = await relay.listen(address);
  return { relay, service, address: listener.address };
}

async function privateNode(
  wire: Wire,
  relayAddress: Address,
  options: { name?: string; token?: string } = {},
) {
  const home = node(wire);
  startUppercase(home);
  startHop(home);
  const connection = await home.connect(relayAddress);
  const client = startRelayClient(home, { route: [connection.worker, "relay"], name: "n3", ...options });
  await client.whenUp(AbortSignal.timeout(5_000));
  return { home, connection, client };
}

/** A route from a new node to the private one, over so many relays. */
async function chain(wire: Wire, relays: number): Promise<{ visitor: Node; route: Route }> {
  const visitor = node(wire);
  if (relays === 0) {
    const home = node(wire);
    startUppercase(home);
    const { address } = await home.listen(wire.anywhere());
    return { visitor, route: [(await visitor.connect(address)).worker] };
  }
  const first = await relayNode(wire);
  const route = [(await visitor.connect(first.address)).worker];
  let last = first;
  for (let index = 1; index < relays; index += 1) {
    const next = await relayNode(wire);
    const { worker } = await next.relay.connect(last.address);
    const client = startRelayClient(next.relay, { route: [worker, "relay"], name: `r${index}` });
    await client.whenUp(AbortSignal.timeout(5_000));
    route.push(client.remoteAddress);
    last = next;
  }
  const { client } = await privateNode(wire, last.address);
  return { visitor, route: [...route, client.remoteAddress] };
}

async function shout(from: Node, route: Route, word = "hello"): Promise<string> {
  return (await request(from.own, [...route, "uppercase"], word, { timeoutMs: 5_000 })).text();
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 });

describe.each(Object.entries(wires))("relays over %s", (_name, wire) => {
  it.each([0, 1, 2])("carry a message and its reply over %i relays", async (relays) => {
    const { visitor, route } = await chain(wire, relays);
    expect(await shout(visitor, route)).toBe("HELLO");
  });

  it.each([0, 1, 2])("keep the order of 1,000 messages over %i relays", async (relays) => {
    const { visitor, route } = await chain(wire, relays);
    const replies: string[] = [];
    const take = (message: Message): void => void replies.push(Buffer.from(message.payload).toString());
    const { address } = visitor.startWorker(take, { exposure: "network" });
    const words = Array.from({ length: 1_000 }, (_, index) => `A${index}`);
    for (const word of words) {
      const onwardRoute = [...route, "uppercase"];
      await visitor.send({ onwardRoute, returnRoute: [address], payload: Buffer.from(word) });
    }
    await until(() => expect(replies).toHaveLength(words.length));
    expect(replies).toEqual(words);
  });

  it("reach a hop worker behind the relay, and back", async () => {
    const { visitor, route } = await chain(wire, 1);
    expect(await shout(visitor, [...route, "hop"])).toBe("HELLO");
  });

  it("name the relay in the refusal while its client is away, and keep its name", async () => {
    const { relay, service, address } = await relayNode(wire);
    const { home } = await privateNode(wire, address);
    await home.close();
    await until(() => expect(service.list()[0]?.state).toBe("down"));
    const failure = { code: "CONNECTION_DOWN", hop: "forward_to_n3" };
    await expect(shout(relay, ["forward_to_n3"])).rejects.toMatchObject(failure);
  });

  it("give the name back to its owner at once when its node is restarted [relay-owner]", async () => {
    const { relay, service, address } = await relayNode(wire);
    const first = await privateNode(wire, address);
    const { token } = first.client;
    const second = await privateNode(wire, address, { token });
    expect(service.list()).toMatchObject([{ state: "up" }]);
    expect(service.list()[0]?.route.at(-1)).toBe(second.client.workerAddress);
    await first.home.close();
    expect(await shout(relay, ["forward_to_n3"])).toBe("HELLO");
  });

  it("are there again within a second of the connection when their node is restarted", async () => {
    let { relay, address } = await relayNode(wire);
    const { client, connection } = await privateNode(wire, address);
    for (let round = 0; round < 3; round += 1) {
      await relay.close();
      await until(() => expect(client.state).toBe("down"));
      ({ relay } = await relayNode(wire, address));
      await until(() => expect(client.state).toBe("up"));
      expect(client.since - connection.since).toBeLessThan(1_000);
      expect(await shout(relay, ["forward_to_n3"])).toBe("HELLO");
    }
  });

  it("come up by themselves when the relay's node starts after the client", async () => {
    const { relay, address } = await relayNode(wire);
    await relay.close();
    const home = node(wire);
    startUppercase(home);
    const connection = await home.connect(address, { wait: false });
    const client = startRelayClient(home, { route: [connection.worker, "relay"], name: "n3" });
    expect(client.state).toBe("down");
    const { relay: late } = await relayNode(wire, address);
    await client.whenUp(AbortSignal.timeout(10_000));
    expect(await shout(late, ["forward_to_n3"])).toBe("HELLO");
  });

  it("dial by themselves when the route begins with a transport hop", async () => {
    const { relay, address } = await relayNode(wire);
    const home = node(wire);
    startUppercase(home);
    const client = startRelayClient(home.own, { route: [address, "relay"], name: "n3" });
    await client.whenUp(AbortSignal.timeout(5_000));
    expect(await shout(relay, ["forward_to_n3"])).toBe("HELLO");
    expect(await shout(home, client.flowRoute)).toBe("HELLO");
  });

  it("are gone with their client's release()", async () => {
    const { service, relay, address } = await relayNode(wire);
    const { client, home } = await privateNode(wire, address);
    const workers = home.workers().length;
    expect(await client.release()).toBe(true);
    expect(service.list()).toEqual([]);
    expect(home.workers()).toHaveLength(workers - 1);
    await expect(shout(relay, ["forward_to_n3"])).rejects.toMatchObject({ code: "WORKER_NOT_FOUND" });
  });

  it("leave nothing running when a node closes before its client and service", async () => {
    const { service, relay, address } = await relayNode(wire);
    const { client, home } = await privateNode(wire, address);
    await home.close();
    expect(client).toMatchObject({ nextAttemptAt: undefined });
    expect(client.state).toBe("down");
    await client.close();
    await relay.close();
    await service.close();
    expect(service.list()).toEqual([]);
  });
});

describe("a relay client on the service's own node", () => {
  it("is reachable at its relay", async () => {
    const [wire] = Object.values(wires) as [Wire];
    const { relay, service, address } = await relayNode(wire);
    startUppercase(relay);
    const client = startRelayClient(relay, { route: ["relay"], name: "n2" });
    await client.whenUp(AbortSignal.timeout(5_000));
    const visitor = node(wire);
    const connection = await visitor.connect(address);
    expect(await shout(visitor, [connection.worker, client.remoteAddress])).toBe("HELLO");
    expect(service.list()[0]?.state).toBe("up");
    expect(await client.release()).toBe(true);
    expect(service.list()).toEqual([]);
  });
});

describe("relays over real nodes", () => {
  const [wire] = Object.values(wires) as [Wire];

  it("refuse, in their own name, a route that becomes too long", async () => {
    const { relay, address } = await relayNode(wire);
    await privateNode(wire, address);
    const route = ["forward_to_n3", ...Array.from({ length: 62 }, () => "hop")];
    const failure = { code: "ROUTE_TOO_LONG", hop: "forward_to_n3" };
    await expect(shout(relay, route)).rejects.toMatchObject(failure);
  });

  it("end a cycle of relays with an error", async () => {
    const { relay, address } = await relayNode(wire);
    const { client } = await privateNode(wire, address);
    const visitor = node(wire);
    const { worker } = await visitor.connect(address);
    // A route that leads back to the relay by the connection that the client dialled goes to and fro not even once.
    await expect(shout(visitor, [worker, "forward_to_n3", ...client.flowRoute])).rejects.toMatchObject({
      code: "HOP_REFUSED",
    });
    for (const [name, to] of [
      ["a", "forward_to_b"],
      ["b", "forward_to_a"],
    ] as const) {
      await ask(relay, ["relay"], registration({ name, forwardTo: to }));
    }
    await expect(shout(visitor, [worker, "forward_to_a"])).rejects.toMatchObject({
      code: "HOP_LIMIT_EXCEEDED",
    });
  });
});
