import { defineFact, type Origin, request } from "@x/core";
import { createNode, startUppercase } from "@x/routing";
import { MemoryNetwork, memory } from "@x/transport-memory";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { MemoryNames } from "../../test-support/memory-names.js";
import { ask, registration, token } from "../../test-support/raw-requests.js";
import { startRelayClient } from "../client/start-relay-client.js";
import type { RelayReply } from "../protocol/relay-message.js";
import { type RelayReport, type RelayServiceOptions, startRelayService } from "./service.js";

const identity = defineFact<string>("identity");
const ownerOf = (origin: Origin): string | undefined => origin.fact(identity.key);
const registered = expect.objectContaining({ type: "registered" });
const taken = expect.objectContaining({ type: "refused", code: "RELAY_NAME_TAKEN" });

/** A relay's node and a client's; what passes a worker `as-<name>` of the relay's is from whoever has that name. */
async function relayed(options: RelayServiceOptions = {}) {
  const transports = [memory({ network: new MemoryNetwork() })];
  const [relay, client] = [createNode({ transports }), createNode({ transports })];
  for (const node of [relay, client]) onTestFinished(() => node.close());
  for (const name of ["alice", "bob"]) {
    relay.startWorker((message) => void message.forward({ facts: [identity.state(name)] }), {
      address: `as-${name}`,
      exposure: "network",
    });
  }
  const start = () => startRelayService(relay, { ownerOf, ...options });
  const service = start();
  const { address } = await relay.listen("memory#relay");
  let connection = await client.connect(address);
  const { worker } = connection;
  let sequence = 0;
  /** Asks for the name `n3` as somebody, with a token of that byte. */
  const register = (name: string, byte: number): Promise<RelayReply> => {
    const to = connection.worker;
    const route = name === "nobody" ? [to, "relay"] : [to, `as-${name}`, "relay"];
    return ask(client, route, registration({ name: "n3", token: token(byte), sequence: ++sequence }));
  };
  const reconnect = async (): Promise<void> => {
    await connection.close();
    connection = await client.connect(address);
  };
  return { relay, client, worker, service, start, register, reconnect };
}

describe("RelayService.withdraw() and isBlocked", () => {
  it("take a name from its owner, who may have it again unless it is blocked", async () => {
    const blocked = new Set<string>();
    const isBlocked = (name: string, owner?: string): boolean =>
      blocked.has(name) || blocked.has(owner ?? "");
    const { register, service } = await relayed({ isBlocked });
    expect(await service.withdraw("n3")).toBe(false);
    expect(await register("alice", 1)).toEqual(registered);
    expect(await service.withdraw("n3")).toBe(true);
    expect(service.list()).toEqual([]);
    expect(await register("bob", 2)).toEqual(registered);
    await service.withdraw("n3");
    for (const what of ["n3", "alice"]) {
      blocked.add(what);
      const denied = expect.objectContaining({ type: "refused", code: "ACCESS_DENIED" });
      expect(await register("alice", 1)).toEqual(denied);
      blocked.clear();
    }
    expect(await register("alice", 1)).toEqual(registered);
  });
});

describe("a relay's name that somebody registered", () => {
  it("is his, and nobody's who has the token alone", async () => {
    const { register, service } = await relayed();
    expect(await register("alice", 1)).toEqual(registered);
    expect(service.list()).toMatchObject([{ name: "n3", owner: "alice" }]);
    expect(await register("nobody", 1)).toEqual(taken);
    expect(await register("bob", 1)).toEqual(taken);
  });

  it("is not taken from a node of his by another one while it is there, and is his with another token when it is not", async () => {
    const { register, service, reconnect } = await relayed();
    expect(await register("alice", 1)).toEqual(registered);
    expect(await register("alice", 2)).toEqual(taken);
    await reconnect();
    await expect.poll(() => register("alice", 2)).toEqual(registered);
    expect(service.list()).toMatchObject([{ name: "n3", owner: "alice" }]);
  });

  it("is not somebody's when it was registered with a token", async () => {
    const { register, service } = await relayed();
    expect(await register("nobody", 1)).toEqual(registered);
    expect(await register("alice", 1)).toEqual(taken);
    expect(await register("nobody", 1)).toEqual(registered);
    expect(service.list()[0]).not.toHaveProperty("owner");
  });

  it.each(["alice", "nobody"])("is still %s's when the relay starts again", async (owner) => {
    const names = new MemoryNames();
    const { register, service, start } = await relayed({ names });
    expect(await register(owner, 1)).toEqual(registered);
    await service.close();
    const again = start();
    expect(again.keptNames).toBe(1);
    for (const other of ["alice", "nobody", "bob"].filter((each) => each !== owner)) {
      expect(await register(other, 1)).toEqual(taken);
    }
    expect(await register(owner, 1)).toEqual(registered);
  });

  it("is given back by the node that has it alone", async () => {
    const { register, client, worker, service } = await relayed();
    await register("alice", 1);
    const release = { type: "release", name: "n3", token: token(1), epoch: 1, sequence: 99 } as const;
    await ask(client, [worker, "relay"], release);
    await ask(client, [worker, "as-alice", "relay"], { ...release, token: token(2) });
    expect(service.list()).toHaveLength(1);
    await ask(client, [worker, "as-alice", "relay"], release);
    expect(service.list()).toHaveLength(0);
  });
});

describe("the access rules of a relay service", () => {
  it("let register whom they allow; others are refused, and reported by name", async () => {
    const reports: RelayReport[] = [];
    const access = (origin: Origin): boolean => ownerOf(origin) === "alice";
    const { register } = await relayed({ access, onReport: (report) => reports.push(report) });
    await expect(register("bob", 1)).rejects.toMatchObject({ code: "ACCESS_DENIED", hop: "relay" });
    await expect(register("nobody", 1)).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    const refused = { type: "refused", error: expect.objectContaining({ code: "ACCESS_DENIED" }) };
    expect(reports).toMatchObject([
      { ...refused, owner: "bob" },
      { ...refused, owner: undefined },
    ]);
    expect(await register("alice", 1)).toEqual(registered);
  });

  it("let through its relays, and through a client, whom they allow", async () => {
    const relayAccess = (origin: Origin): boolean => ownerOf(origin) !== "bob";
    const { relay, client, worker } = await relayed({ relayAccess });
    let isOpen = true;
    startUppercase(client, { exposure: "network" });
    const kept = startRelayClient(client, {
      route: [worker, "relay"],
      name: "n4",
      access: () => isOpen,
    });
    onTestFinished(() => kept.close());
    await kept.whenUp(AbortSignal.timeout(5_000));
    const shout = (name: string): Promise<unknown> =>
      request(relay, [`as-${name}`, "forward_to_n4", "uppercase"], "hello");
    await expect(shout("bob")).rejects.toMatchObject({ code: "ACCESS_DENIED", hop: "forward_to_n4" });
    await shout("alice");
    isOpen = false;
    await expect(shout("alice")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  });
});

describe("the way to a client", () => {
  it("is what `wayTo` says, where that is not the return route of the request", async () => {
    let way: readonly string[] | undefined;
    const { relay, client, worker } = await relayed({ wayTo: () => way });
    startUppercase(client, { exposure: "network" });
    way = [relay.connections()[0]?.worker ?? ""];
    // A worker in between leaves a return route that leads nowhere.
    relay.startWorker(
      (message) => void message.forward({ returnRoute: ["detour", ...message.returnRoute] }),
      {
        address: "hidden",
        exposure: "network",
      },
    );
    relay.startWorker((message) => void message.forward(), { address: "detour", exposure: "network" });
    const kept = startRelayClient(client, { route: [worker, "hidden", "relay"], name: "n5" });
    onTestFinished(() => kept.close());
    await kept.whenUp(AbortSignal.timeout(5_000));
    const reply = await request(relay, ["forward_to_n5", "uppercase"], "hello");
    expect(reply.text()).toBe("HELLO");
    await vi.waitFor(() => expect(kept.state).toBe("up"));
  });
});
