import { defineFact, type Message, request } from "@x/core";
import { createNode, startEcho, startHop, startUppercase } from "@x/routing";
import { describe, expect, it, vi } from "vitest";
import { closing, opened, place } from "../test-support/nodes.js";
import { TestIdentity, trusting } from "../test-support/test-identity.js";
import * as web from "./index.js";
import { channelPeer, onlyIdentifiers } from "./index.js";
import { openChannel, startChannelListener } from "./node.js";

const refused = (code: string, hop?: string): unknown =>
  expect.objectContaining(hop === undefined ? { code } : { code, hop });

describe("a channel", () => {
  it.each(["AESGCM", "ChaChaPoly"] as const)("carries requests and replies with %s", async (cipher) => {
    const { near, far, channel } = await opened({ dialler: { cipher } });
    startUppercase(far, { exposure: "network" });
    expect((await request(near.own, [channel.address, "uppercase"], "hello")).text()).toBe("HELLO");
    expect((await request(near, [channel.address, "uppercase"], "plain")).text()).toBe("PLAIN");
    expect(channel.state).toBe("up");
  });

  it.each([
    ["the dialler", web.openChannel, startChannelListener],
    ["the listener", openChannel, web.startChannelListener],
    ["both ends", web.openChannel, web.startChannelListener],
  ])("is the same with the web's cryptography at %s", async (_which, dial, listen) => {
    for (const cipher of ["AESGCM", "ChaChaPoly"] as const) {
      const { node } = place();
      const [near, far] = [node(), node()];
      listen(far, "api", trusting());
      startUppercase(far, { exposure: "network" });
      await far.listen("memory#far");
      const channel = await dial(near.own, ["memory#far", "api"], { ...trusting(), cipher });
      const replies = Array.from({ length: 50 }, (_, index) =>
        request(near, [channel.address, "uppercase"], `message ${index}`),
      );
      expect((await Promise.all(replies)).map((reply) => reply.text())).toEqual(
        Array.from({ length: 50 }, (_, index) => `MESSAGE ${index}`),
      );
      await channel.close();
    }
  });

  it("keeps the order of messages of any size", async () => {
    const { near, far, channel } = await opened();
    const sizes: number[] = [];
    const done = new Promise<void>((resolve) => {
      far.startWorker(
        ({ payload }) => {
          sizes.push(payload.length);
          if (sizes.length === 40) resolve();
        },
        { address: "sink", exposure: "network" },
      );
    });
    const sent = Array.from({ length: 40 }, (_, index) => (index * 7919) % 100_000);
    for (const size of sent) {
      await near.own.send({ onwardRoute: [channel.address, "sink"], payload: new Uint8Array(size) });
    }
    await done;
    expect(sizes).toEqual(sent);
  });

  it("seals routes, fields, hop count and payload: the hop in the middle sees none of them", async () => {
    const { node } = place();
    const [near, relay, far] = [node(), node(), node()];
    const seen: Message[] = [];
    relay.startWorker(
      (message) => {
        seen.push(message);
        return message.forward({ returnRoute: ["back", ...message.returnRoute] });
      },
      { address: "spy", exposure: "network" },
    );
    relay.startWorker(
      (message) => {
        seen.push(message);
        return message.forward();
      },
      { address: "back", exposure: "network" },
    );
    await relay.listen("memory#relay");
    await far.listen("memory#far");
    const { worker: toFar } = await relay.connect("memory#far", { admit: true });
    startChannelListener(far, "api", trusting());
    const got: Message[] = [];
    far.startWorker(
      (message) => {
        got.push(message);
        void message.reply("the secret answer");
      },
      { address: "secret-worker", exposure: "network" },
    );
    const channel = await openChannel(near.own, ["memory#relay", "spy", toFar, "api"], trusting());
    const reply = await request(near.own, [channel.address, "secret-worker"], "the secret question", {
      fields: { trace: "secret-trace" },
      hopCount: 3,
    });
    expect(reply.text()).toBe("the secret answer");
    expect(got[0]).toMatchObject({ fields: { trace: "secret-trace" }, hopCount: 5 });
    expect(got[0]?.text()).toBe("the secret question");
    expect(seen.length).toBeGreaterThan(4);
    for (const { payload, fields, onwardRoute, returnRoute } of seen) {
      const shown =
        Buffer.from(payload).toString("latin1") + JSON.stringify({ fields, onwardRoute, returnRoute });
      expect(shown).not.toContain("secret");
      expect(fields).toBeUndefined();
    }
    await channel.close();
  });

  it("says who sent what comes out, at both ends, and nobody else can say it", async () => {
    const { near, far, channel, listener, nearIdentity, farIdentity } = await opened();
    const identifiers: (string | undefined)[] = [];
    const note = (message: Message): void => {
      identifiers.push(message.origin.fact(channelPeer)?.identifier);
      void message.reply("");
    };
    far.startWorker(note, { address: "who", exposure: "network" });
    const here = near.startWorker(note, { exposure: "network" });
    await request(near, [channel.address, "who"], "");
    await request(near.own, ["memory#far", "who"], "");
    const [peer] = listener.peers();
    await request(far, [peer?.channel ?? "", here.address], "");
    expect(identifiers).toEqual([nearIdentity.identifier, undefined, farIdentity.identifier]);
    expect(channel.peer.identifier).toBe(farIdentity.identifier);
  });

  it("says what else is known of the other end", async () => {
    const { key, state } = defineFact<string>("nickname");
    const { near, far, channel } = await opened({
      listener: { facts: ({ identifier }) => [state(`friend ${identifier}`)] },
    });
    far.startWorker((message) => void message.reply(message.origin.fact(key) ?? "nobody"), {
      address: "who",
      exposure: "network",
    });
    const reply = await request(near, [channel.address, "who"], "");
    expect(reply.text()).toMatch(/^friend I[0-9a-f]{64}$/);
  });

  it("refuses exactly as the other end's node does, and gives the head of what was refused", async () => {
    const { near, far, channel } = await opened();
    startEcho(far, { address: "local-only", exposure: "local" });
    await expect(request(near, [channel.address, "nobody"], "")).rejects.toEqual(
      refused("WORKER_NOT_FOUND", "nobody"),
    );
    await expect(request(near, [channel.address, "local-only"], "")).rejects.toEqual(
      refused("HOP_REFUSED", "local-only"),
    );
    await expect(request(near, [channel.address, "tcp#127.0.0.1:1", "x"], "")).rejects.toEqual(
      refused("HOP_REFUSED", "tcp#127.0.0.1:1"),
    );
    await expect(request(near, [channel.address], "")).rejects.toEqual(refused("ROUTE_ENDED"));
    const heads: string[] = [];
    const sender = near.startWorker(
      (message) => {
        if (message.refusal !== undefined) heads.push(message.text());
      },
      { exposure: "network" },
    );
    void near.send({
      onwardRoute: [channel.address, "nobody"],
      returnRoute: [sender.address],
      payload: `0123456789${"x".repeat(100)}`,
    });
    await vi.waitFor(() => expect(heads).toEqual([`0123456789${"x".repeat(54)}`]));
  });

  it("is traced like any connection", async () => {
    const { near, far, channel } = await opened();
    startHop(far);
    startEcho(far, { exposure: "network" });
    const route = [channel.address, "hop", "echo"];
    await expect(request(near, route, "", { hopCount: 254 })).rejects.toEqual(
      refused("HOP_LIMIT_EXCEEDED", "hop"),
    );
    await expect(request(near, route, "", { hopCount: 253 })).rejects.toEqual(
      refused("HOP_LIMIT_EXCEEDED", "echo"),
    );
    expect((await request(near, route, "there", { hopCount: 240 })).text()).toBe("there");
  });

  it("carries payloads up to 1 MiB less its overhead, and refuses more with the limit", async () => {
    const { near, far, channel } = await opened();
    startEcho(far, { address: "echo", exposure: "network" });
    const size = 1_048_576 - 120;
    const reply = await request(near, [channel.address, "echo"], new Uint8Array(size).fill(7));
    expect(reply.payload.length).toBe(size);
    await expect(request(near, [channel.address, "echo"], new Uint8Array(1_048_576))).rejects.toEqual(
      refused("MESSAGE_TOO_LARGE", channel.address),
    );
  });

  it("refuses what no header can hold, and lives on", async () => {
    const { near, far, channel } = await opened();
    startEcho(far, { exposure: "network" });
    const route = [channel.address, "echo"];
    await expect(request(near, [...route, "no address"], "")).rejects.toEqual(refused("ADDRESS_INVALID"));
    const fields = { long: "x".repeat(70_000) };
    await expect(request(near, route, "", { fields })).rejects.toEqual(refused("MESSAGE_INVALID"));
    const many = Array.from({ length: 63 }, () => "f".repeat(32));
    await expect(request(near, [...many, ...route], "")).rejects.toEqual(refused("ROUTE_TOO_LONG"));
    const long = { field: "x".repeat(60_000) };
    expect((await request(near, route, "long", { fields: long })).fields).toEqual(long);
  });

  it("brings back that a record is too large for its path", async () => {
    const { near, channel } = await opened({ capabilities: { maxFrameBytes: 20_000 } });
    await expect(request(near, [channel.address, "echo"], new Uint8Array(30_000))).rejects.toEqual(
      refused("MESSAGE_TOO_LARGE", channel.address),
    );
    expect(channel.state).toBe("up");
  });

  it("keeps the way in for its own node: a stranger who learns the address speaks in nobody's name", async () => {
    const { node, network } = place();
    const [near, far, stranger] = [node(), node(), node()];
    await far.listen("memory#far");
    await near.listen("memory#near");
    const listener = startChannelListener(far, "api", trusting());
    startEcho(far, { exposure: "network" });
    const channel = await openChannel(near.own, ["memory#far", "api"], trusting());
    startHop(near);
    for (const route of [[channel.address], ["hop", channel.address]]) {
      await expect(request(stranger.own, ["memory#near", ...route, "echo"], "hi")).rejects.toMatchObject({
        code: "ACCESS_DENIED",
      });
    }
    const [peer] = listener.peers();
    await expect(request(stranger.own, ["memory#far", peer?.channel ?? "", "x"], "hi")).rejects.toMatchObject(
      {
        code: "ACCESS_DENIED",
      },
    );
    // What came out of one channel does not go into another.
    const other = await openChannel(stranger.own, ["memory#far", "api"], trusting());
    await expect(request(stranger, [other.address, peer?.channel ?? "", "x"], "hi")).rejects.toMatchObject({
      code: "ACCESS_DENIED",
    });
    expect(network.links().length).toBeGreaterThan(1);
    await Promise.all([channel.close(), other.close()]);
  });

  it("opens the dialler's node to nothing but what the listener was told, unless it admits it", async () => {
    const { near, far, listener, again } = await opened();
    startEcho(near, { exposure: "network" });
    const told = near.startWorker((message) => void message.reply("told"), { exposure: "network" });
    const [closed] = listener.peers();
    expect((await request(far, [closed?.channel ?? "", told.address], "")).text()).toBe("told");
    await expect(request(far, [closed?.channel ?? "", "echo"], "")).rejects.toEqual(
      refused("HOP_REFUSED", "echo"),
    );
    await again({ admit: true });
    const admitted = listener.peers().at(-1);
    expect((await request(far, [admitted?.channel ?? "", "echo"], "in")).text()).toBe("in");
  });

  it("lets in whom a listener's rule allows beside", async () => {
    const { near, far, listener } = await opened({
      listener: { letIn: (_origin, message) => message.fields?.relayed === true },
    });
    const told = near.startWorker((message) => void message.reply("relayed"), { exposure: "network" });
    const [peer] = listener.peers();
    far.startWorker(
      (message) =>
        message.forward({
          onwardRoute: [peer?.channel ?? "", ...message.onwardRoute],
          fields: { relayed: true },
          returnRoute: [],
        }),
      { address: "relay", exposure: "network" },
    );
    const got = vi.fn();
    near.startWorker(got, { address: "f".repeat(32), exposure: "network" });
    await near.own.send({ onwardRoute: ["memory#far", "relay", "f".repeat(32)], payload: "x" });
    await vi.waitFor(() => expect(got).toHaveBeenCalled());
    await told.close();
  });

  it("goes down and up with the hop beneath", async () => {
    const { near, far, channel, listener, network } = await opened();
    startUppercase(far, { exposure: "network" });
    const states: string[] = [];
    near.watch(channel.address, (state) => states.push(state));
    for (const link of network.links()) link.break();
    await vi.waitFor(() => expect(states).toEqual(["up", "down", "up"]), 5_000);
    expect((await request(near, [channel.address, "uppercase"], "back")).text()).toBe("BACK");
    const [peer] = listener.peers();
    const told = near.startWorker((message) => void message.reply("told"), { exposure: "network" });
    expect((await request(far, [peer?.channel ?? "", told.address], "")).text()).toBe("told");
  });

  it("makes its senders wait while the hop beneath does, and loses nothing", async () => {
    const { near, far, channel, network } = await opened();
    let received = 0;
    far.startWorker(
      ({ payload }) => {
        received += payload.length;
      },
      { address: "sink", exposure: "network" },
    );
    const [link] = network.links();
    link?.toListener.block();
    let sent = 0;
    let waits = 0;
    for (let index = 0; index < 200 && waits === 0; index++) {
      const room = near.own.send({ onwardRoute: [channel.address, "sink"], payload: new Uint8Array(65_536) });
      sent += 65_536;
      if (room !== undefined) waits++;
    }
    expect(waits).toBe(1);
    link?.unblock();
    await vi.waitFor(() => expect(received).toBe(sent));
  });

  it("does not wait where what comes out meets a slow worker: other channels go on", async () => {
    const { near, far, channel, again } = await opened();
    startEcho(far, { exposure: "network" });
    const other = await again();
    let finish: () => void = () => {};
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    far.startWorker(() => slow, { address: "slow", exposure: "network", maxQueuedMessages: 4 });
    for (let index = 0; index < 10; index++) {
      void near.own.send({ onwardRoute: [channel.address, "slow"], payload: "wait" });
    }
    const reply = await request(near, [other.address, "echo"], "quick", { timeoutMs: 1_500 });
    expect(reply.text()).toBe("quick");
    expect((await request(near, [channel.address, "echo"], "too", { timeoutMs: 1_500 })).text()).toBe("too");
    finish();
  });

  it("ends with its node, at either end, and leaves no timer behind", async () => {
    const [started, stopped] = [vi.spyOn(globalThis, "setInterval"), vi.spyOn(globalThis, "clearInterval")];
    const { near, far, channel, listener } = await opened();
    await vi.waitFor(() => expect(listener.peers()).toHaveLength(1));
    await Promise.all([near.close(), far.close()]);
    expect(channel.state).toBe("closed");
    expect(listener.peers()).toEqual([]);
    await expect(channel.renew()).rejects.toEqual(refused("ABORTED"));
    const timers = started.mock.results.map(({ value }) => value);
    expect(timers.length).toBeGreaterThan(1);
    expect(stopped.mock.calls.map(([timer]) => timer)).toEqual(expect.arrayContaining(timers));
    vi.restoreAllMocks();
  });

  it("gives lent bytes back as soon as they are sealed", async () => {
    const { near, far, channel, network } = await opened();
    startEcho(far, { exposure: "network" });
    network.links()[0]?.toListener.block();
    const release = vi.fn();
    const payload = new Uint8Array(1_000).fill(1);
    void near.own.send({ onwardRoute: [channel.address, "echo"], payload, release });
    await vi.waitFor(() => expect(release).toHaveBeenCalledTimes(1));
    network.links()[0]?.unblock();
  });

  it("closes at both ends", async () => {
    const { near, channel, listener } = await opened();
    await vi.waitFor(() => expect(listener.peers()).toHaveLength(1));
    await channel.close();
    await channel.close();
    await vi.waitFor(() => expect(listener.peers()).toHaveLength(0));
    await expect(request(near, [channel.address, "x"], "")).rejects.toEqual(refused("WORKER_NOT_FOUND"));
  });

  it("closes at the dialler when the listener closes it", async () => {
    const { near, channel, listener } = await opened();
    const states: string[] = [];
    near.watch(channel.address, (state) => states.push(state));
    await vi.waitFor(() => expect(listener.peers()).toHaveLength(1));
    expect(await listener.closeChannel(listener.peers()[0]?.channel ?? "")).toBe(true);
    expect(await listener.closeChannel("nothing")).toBe(false);
    await vi.waitFor(() => expect(states).toEqual(["up", "gone"]));
    expect(channel.state).toBe("closed");
    expect(channel.lastFailure).toMatchObject({ code: "CONNECTION_CLOSED" });
  });
});

describe("openChannel()", () => {
  it("fails with the listener's refusal, and both ends say whom they refused", async () => {
    const reports: unknown[] = [];
    const { again, nearIdentity, farIdentity } = await opened();
    const stranger = new TestIdentity();
    const only = onlyIdentifiers([nearIdentity.identifier]);
    await expect(again({ authorize: onlyIdentifiers([stranger.identifier]) })).rejects.toMatchObject({
      code: "CHANNEL_REFUSED",
      message: expect.stringContaining(farIdentity.identifier),
    });
    const strict = await opened({
      listener: { authorize: only, onReport: (report) => reports.push(report) },
      dialler: trusting(nearIdentity),
    });
    await expect(strict.again(trusting(stranger))).rejects.toMatchObject({ code: "CHANNEL_REFUSED" });
    expect(reports).toContainEqual({
      type: "refused",
      identifier: stranger.identifier,
      refusal: expect.objectContaining({ code: "CHANNEL_REFUSED" }),
    });
    await vi.waitFor(() => expect(strict.listener.peers()).toHaveLength(1));
  });

  it("tells nothing of itself to an identity that cannot be the listener's", async () => {
    const { again, nearIdentity } = await opened();
    const proof = vi.spyOn(nearIdentity, "proof");
    const refusal = { code: "CHANNEL_REFUSED", reason: "pinned to another one" } as const;
    await expect(again({ checkIdentifier: () => refusal })).rejects.toMatchObject(
      refused("CHANNEL_REFUSED") as object,
    );
    expect(proof).not.toHaveBeenCalled();
  });

  it("fails with IDENTITY_INVALID where the proof of either end is for another key", async () => {
    const liar = new TestIdentity();
    const lying = {
      ...trusting(),
      identity: { identifier: liar.identifier, proof: () => liar.proof(new Uint8Array(32)) },
    };
    const { again } = await opened();
    await expect(again(lying)).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
    await expect(opened({ listener: lying })).rejects.toMatchObject({ code: "IDENTITY_INVALID" });
  });

  it("fails with the code of a hop that refuses, in time where nobody answers, and when it is given up", async () => {
    const { node } = place();
    const [near, far] = [node(), node()];
    await far.listen("memory#far");
    const limits = { openTimeoutMs: 300, handshakeTimeoutMs: 200, resendMs: 20 };
    const open = (address: string, signal?: AbortSignal) =>
      openChannel(near.own, ["memory#far", address], {
        ...trusting(),
        limits,
        ...(signal !== undefined && { signal }),
      });
    await expect(open("nobody")).rejects.toEqual(refused("WORKER_NOT_FOUND", "nobody"));
    far.startWorker(() => undefined, { address: "silent", exposure: "network" });
    await expect(open("silent")).rejects.toEqual(refused("TIMED_OUT", "silent"));
    await expect(open("silent", AbortSignal.abort())).rejects.toEqual(refused("ABORTED"));
    await expect(openChannel(near.own, [], trusting())).rejects.toEqual(refused("ROUTE_INVALID"));
    expect(near.workers()).toEqual([]);
  });

  it("leaves nothing behind where the node has no room for its workers", async () => {
    const near = closing(createNode({ limits: { maxWorkers: 1 } }));
    await expect(openChannel(near, ["nobody", "api"], trusting())).rejects.toEqual(
      refused("WORKER_LIMIT_EXCEEDED"),
    );
    expect(near.workers()).toEqual([]);
  });

  it("fails with CHANNEL_LIMIT_EXCEEDED when the listener has as many as it may", async () => {
    const one = await opened({ listener: { limits: { maxChannelsPerIdentity: 1 } } });
    await expect(one.again()).rejects.toMatchObject({ code: "CHANNEL_LIMIT_EXCEEDED" });
    await expect(one.again(trusting())).resolves.toMatchObject({ state: "up" });
  });
});
