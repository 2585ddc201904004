import { type Message, request } from "@x/core";
import { startUppercase } from "@x/routing";
import { describe, expect, it, vi } from "vitest";
import { closing, datagrams, opened, place } from "../test-support/nodes.js";
import { TestIdentity, trusting } from "../test-support/test-identity.js";
import type { ChannelReport } from "./index.js";
import { openChannel, startChannelListener } from "./node.js";

const quick = { resendMs: 30, pingAfterMs: 300, pongTimeoutMs: 500, handshakeTimeoutMs: 1_500 };

/** Two nodes with a node between them that does with records what a test says. */
async function throughRelay() {
  const { network, node } = place();
  const [near, relay, far] = [node(), node(), node()];
  await relay.listen("memory#relay");
  await far.listen("memory#far");
  const toFar = await relay.connect("memory#far", { admit: true });
  /** What the relay does with each message, instead of passing it on. */
  const handle = { onward: passOn, back: passOn };
  relay.startWorker((message) => handle.onward(message, { returnRoute: ["back", ...message.returnRoute] }), {
    address: "there",
    exposure: "network",
  });
  relay.startWorker((message) => handle.back(message, {}), { address: "back", exposure: "network" });
  const [nearIdentity, farIdentity] = [new TestIdentity(), new TestIdentity()];
  const listen = () => startChannelListener(far, "api", { ...trusting(farIdentity), limits: quick });
  const listener = listen();
  startUppercase(far, { exposure: "network" });
  const route = ["memory#relay", "there", toFar.worker, "api"];
  const open = async (options = {}) =>
    closing(await openChannel(near.own, route, { ...trusting(nearIdentity), limits: quick, ...options }));
  return { near, relay, far, network, handle, listener, listen, open, nearIdentity, toFar };
}

type Change = { readonly returnRoute?: readonly string[]; readonly payload?: Uint8Array };
function passOn(message: Message, change: Change): Promise<void> | undefined {
  return message.forward(change);
}

/** Sends numbered messages until all of them arrived, and checks that none came twice or altered. */
async function deliverAll(from: string, host: Awaited<ReturnType<typeof opened>>["near"], got: string[]) {
  const wanted = Array.from({ length: 60 }, (_, index) => `message ${index}`);
  await vi.waitFor(
    () => {
      for (const text of wanted.filter((each) => !got.includes(each))) {
        void host.own.send({ onwardRoute: [from, "sink"], payload: text });
      }
      expect(new Set(got)).toEqual(new Set(wanted));
    },
    { timeout: 10_000, interval: 50 },
  );
}

describe("a channel over a path that loses, doubles and reorders", () => {
  it("opens and carries what arrives, each record once", async () => {
    const conditions = { lossRate: 0.2, duplicateRate: 0.2, reorderRate: 0.3, reorderMs: 15, jitterMs: 5 };
    const { near, far, channel } = await opened({
      capabilities: datagrams,
      network: { conditions, seed: 7 },
      dialler: { limits: quick },
    });
    const got: string[] = [];
    far.startWorker((message) => void got.push(message.text()), { address: "sink", exposure: "network" });
    await deliverAll(channel.address, near, got);
    for (const text of got) expect(text).toMatch(/^message \d+$/);
  });

  it("lives through a run of lost records longer than any window", async () => {
    const { near, far, channel, network } = await opened({ capabilities: datagrams });
    startUppercase(far, { exposure: "network" });
    network.setConditions({ lossRate: 1 });
    for (let index = 0; index < 10_000; index++) {
      void near.own.send({ onwardRoute: [channel.address, "uppercase"], payload: "lost" });
      if (index % 500 === 0) await new Promise(setImmediate);
    }
    network.setConditions({ lossRate: 0 });
    await vi.waitFor(async () => {
      const reply = request(near, [channel.address, "uppercase"], "found", { timeoutMs: 500 });
      expect((await reply).text()).toBe("FOUND");
    }, 5_000);
  });

  it("is renewed while messages pass, and none of them is lost where the path loses none", async () => {
    const { near, far, channel } = await opened();
    const got: string[] = [];
    far.startWorker((message) => void got.push(message.text()), { address: "sink", exposure: "network" });
    const sent: string[] = [];
    for (let round = 0; round < 5; round++) {
      const renewed = channel.renew();
      for (let index = 0; index < 40; index++) {
        sent.push(`${round}.${index}`);
        await near.own.send({ onwardRoute: [channel.address, "sink"], payload: `${round}.${index}` });
        await Promise.resolve();
      }
      await renewed;
    }
    await vi.waitFor(() => expect(got).toHaveLength(sent.length));
    expect(new Set(got)).toEqual(new Set(sent));
  });
});

describe("a relay in the middle", () => {
  it("cannot alter a record unnoticed", async () => {
    const { near, far, handle, open } = await throughRelay();
    const channel = await open();
    const got: string[] = [];
    far.startWorker((message) => void got.push(message.text()), { address: "sink", exposure: "network" });
    let altered = 0;
    handle.onward = (message, change) => {
      const payload = new Uint8Array(message.payload);
      const at = (altered * 31) % payload.length;
      payload[at] = (payload[at] ?? 0) ^ 0x10;
      altered++;
      return message.forward({ ...change, payload });
    };
    for (let index = 0; index < 300; index++) {
      await near.own.send({ onwardRoute: [channel.address, "sink"], payload: `message ${index}` });
    }
    await vi.waitFor(() => expect(altered).toBeGreaterThan(299));
    handle.onward = passOn;
    await near.own.send({ onwardRoute: [channel.address, "sink"], payload: "whole" });
    await vi.waitFor(() => expect(got).toEqual(["whole"]));
  });

  it("cannot replay a record, also not after a renewal", async () => {
    const { near, far, handle, open } = await throughRelay();
    const channel = await open();
    const got: string[] = [];
    far.startWorker((message) => void got.push(message.text()), { address: "sink", exposure: "network" });
    const seen: { message: Message; change: Change; payload: Uint8Array }[] = [];
    handle.onward = (message, change) => {
      seen.push({ message, change, payload: new Uint8Array(message.payload) });
      return message.forward(change);
    };
    const replay = (): void => {
      for (const { message, change, payload } of [...seen]) void message.forward({ ...change, payload });
    };
    for (let index = 0; index < 20; index++) {
      await near.own.send({ onwardRoute: [channel.address, "sink"], payload: `once ${index}` });
    }
    await vi.waitFor(() => expect(got).toHaveLength(20));
    replay();
    await channel.renew();
    replay();
    expect((await request(near, [channel.address, "uppercase"], "after")).text()).toBe("AFTER");
    replay();
    expect((await request(near, [channel.address, "uppercase"], "again")).text()).toBe("AGAIN");
    expect(got).toHaveLength(20);
  });

  it("cannot end the channel with an identity of its own", async () => {
    const { near, relay, handle } = await throughRelay();
    const evil = new TestIdentity();
    startChannelListener(relay, "evil", trusting(evil));
    handle.onward = (message, change) => message.forward({ ...change, onwardRoute: ["evil"] });
    const refusal = { code: "CHANNEL_REFUSED", reason: "not the one that the ticket names" } as const;
    const options = {
      ...trusting(),
      checkIdentifier: (identifier: string) => (identifier === evil.identifier ? refusal : undefined),
      limits: quick,
    };
    await expect(openChannel(near.own, ["memory#relay", "there", "x", "api"], options)).rejects.toMatchObject(
      {
        code: "CHANNEL_REFUSED",
      },
    );
  });

  it("cannot have the channel renewed with another identity: IDENTITY_CHANGED, and the old keys stay", async () => {
    const { near, relay, handle, open } = await throughRelay();
    const channel = await open();
    startChannelListener(relay, "evil", trusting(new TestIdentity()));
    handle.onward = (message, change) =>
      message.payload[0] === 4
        ? message.forward(change)
        : message.forward({ ...change, onwardRoute: ["evil"] });
    await expect(channel.renew()).rejects.toMatchObject({ code: "IDENTITY_CHANGED" });
    expect((await request(near, [channel.address, "uppercase"], "same")).text()).toBe("SAME");
    const before = channel.peer.identifier;
    handle.onward = passOn;
    await channel.renew();
    expect(channel.peer.identifier).toBe(before);
  });

  it("can refuse, which is told as something of the path and changes nothing", async () => {
    const { near, handle, open } = await throughRelay();
    const channel = await open();
    handle.onward = (message) => {
      message.refuse("STREAM_INVALID", "I do not like it");
      return undefined;
    };
    await expect(request(near, [channel.address, "uppercase"], "hello")).rejects.toMatchObject({
      code: "CONNECTION_DOWN",
      hop: channel.address,
    });
    expect(channel.state).toBe("up");
    handle.onward = passOn;
    expect((await request(near, [channel.address, "uppercase"], "hello")).text()).toBe("HELLO");
  });

  it("can say that the listener forgot the channel, which costs a renewal and nothing else", async () => {
    const { near, handle, open } = await throughRelay();
    const reports: ChannelReport[] = [];
    const channel = await open({ onReport: (report: ChannelReport) => reports.push(report) });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    let lies = 0;
    handle.onward = (message, change) => {
      if (message.payload[0] !== 4) return message.forward(change);
      const lie = new Uint8Array(message.payload.subarray(0, 9));
      lie[0] = 5;
      if (lies++ < 20) void message.reply(lie);
      return message.forward(change);
    };
    for (let index = 0; index < 20; index++) {
      expect((await request(near, [channel.address, "uppercase"], "hello")).text()).toBe("HELLO");
    }
    await vi.waitFor(() => expect(reports.map(({ type }) => type)).toEqual(["opened", "renewed"]), 3_000);
    expect(channel.state).toBe("up");
  });

  it("that hinders all handshakes but not the records cannot make the channel weaker than it was", async () => {
    const { near, handle, open } = await throughRelay();
    const channel = await open();
    handle.onward = (message, change) => (message.payload[0] === 4 ? message.forward(change) : undefined);
    await expect(channel.renew()).rejects.toMatchObject({ code: "TIMED_OUT" });
    expect((await request(near, [channel.address, "uppercase"], "still")).text()).toBe("STILL");
  });
});

describe("a channel whose other end changes", () => {
  it("is renewed when the listener starts again, under the same address", async () => {
    const { near, open, listener, listen } = await throughRelay();
    const channel = await open();
    const { address } = channel;
    await listener.close();
    await vi.waitFor(() => expect(channel.state).toBe("down"));
    closing(listen());
    await vi.waitFor(() => expect(channel.state).toBe("up"), 5_000);
    expect((await request(near, [address, "uppercase"], "again")).text()).toBe("AGAIN");
  });

  it("is renewed when the listener lost its memory without a word", async () => {
    const { near, handle, open, listener, listen } = await throughRelay();
    const channel = await open();
    handle.back = () => undefined;
    await listener.close();
    handle.back = passOn;
    closing(listen());
    await vi.waitFor(async () => {
      const reply = await request(near, [channel.address, "uppercase"], "again", { timeoutMs: 300 });
      expect(reply.text()).toBe("AGAIN");
    }, 8_000);
  });

  it("goes down when nothing is heard of it, and up again when it is", async () => {
    const { near, handle, open } = await throughRelay();
    const channel = await open();
    const states: string[] = [];
    near.watch(channel.address, (state) => states.push(state));
    handle.onward = () => undefined;
    await vi.waitFor(() => expect(states).toEqual(["up", "down"]), 5_000);
    handle.onward = passOn;
    await vi.waitFor(() => expect(states).toEqual(["up", "down", "up"]), 8_000);
    expect((await request(near, [channel.address, "uppercase"], "again")).text()).toBe("AGAIN");
  });

  it("follows the dialler when its way back changes, with the next record", async () => {
    const { near, relay, far, listener, open, handle } = await throughRelay();
    await open();
    const told = near.startWorker((message) => void message.reply("told"), { exposure: "network" });
    relay.startWorker((message) => message.forward(), { address: "other", exposure: "network" });
    handle.back = () => undefined;
    handle.onward = (message) => message.forward({ returnRoute: ["other", ...message.returnRoute] });
    const channel = listener.peers()[0]?.channel ?? "";
    await vi.waitFor(async () => {
      expect((await request(far, [channel, told.address], "", { timeoutMs: 300 })).text()).toBe("told");
    }, 5_000);
  });

  it("is forgotten by the listener when its dialler vanished", async () => {
    const { network, node } = place();
    const [near, far] = [node(), node()];
    const limits = { ...quick, idleTimeoutMs: 600 };
    const listener = startChannelListener(far, "api", { ...trusting(), limits });
    await far.listen("memory#far");
    await openChannel(near.own, ["memory#far", "api"], { ...trusting(), limits });
    await vi.waitFor(() => expect(listener.peers()).toHaveLength(1));
    network.isolate("far");
    await vi.waitFor(() => expect(listener.peers()).toHaveLength(0), 5_000);
    expect(far.workers().filter(({ type }) => type === "secure-channel")).toEqual([]);
  });
});

describe("a channel with credentials", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const checker = (expiresAtMs: () => number) => ({
    check: async (credentials: readonly Uint8Array[]) => {
      const [first] = credentials;
      if (first === undefined) return undefined;
      return { attributes: { role: new TextDecoder().decode(first) }, expiresAtMs: expiresAtMs() };
    },
  });

  it("knows them at both ends", async () => {
    const hour = () => Date.now() + 3_600_000;
    const { channel, listener } = await opened({
      dialler: { credentials: { credentials: async () => [bytes("web")] }, credentialChecker: checker(hour) },
      listener: { credentials: { credentials: async () => [bytes("db")] }, credentialChecker: checker(hour) },
    });
    expect(channel.peer.credential?.attributes).toEqual({ role: "db" });
    await vi.waitFor(() => expect(listener.peers()[0]?.credential?.attributes).toEqual({ role: "web" }));
  });

  it("ends at both ends within a second when one ends", async () => {
    const endsAt = Date.now() + 2_000;
    const credentials = { credentials: async () => [bytes("web")] };
    const { near, channel, listener } = await opened({
      dialler: { credentials },
      listener: { credentialChecker: checker(() => endsAt) },
    });
    const states: string[] = [];
    near.watch(channel.address, (state) => states.push(state));
    await vi.waitFor(() => expect(listener.peers()).toHaveLength(1));
    await vi.waitFor(() => expect(states.at(-1)).toBe("gone"), 5_000);
    expect(Date.now() - endsAt).toBeLessThan(3_000);
    expect(listener.peers()).toHaveLength(0);
    expect(channel.lastFailure).toMatchObject({ code: "CHANNEL_EXPIRED" });
  });

  it("lives on when they are renewed in time", async () => {
    let round = 0;
    const credentials = { credentials: async () => [bytes(`round ${round++}`)] };
    const { near, far, channel, listener } = await opened({
      dialler: { credentials },
      listener: { credentialChecker: checker(() => Date.now() + 1_200) },
    });
    startUppercase(far, { exposure: "network" });
    const until = Date.now() + 3_000;
    while (Date.now() < until) {
      expect((await request(near, [channel.address, "uppercase"], "on")).text()).toBe("ON");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(round).toBeGreaterThan(2);
    expect(listener.peers()).toHaveLength(1);
    expect(listener.peers()[0]?.credential?.attributes.role).not.toBe("round 0");
  });

  it("ends when the dialler no longer wants its listener", async () => {
    let isWanted = true;
    const reports: string[] = [];
    const { channel, listener } = await opened({
      dialler: { authorize: () => (isWanted ? undefined : { code: "CHANNEL_REFUSED", reason: "no longer" }) },
      listener: { onReport: ({ type }) => reports.push(type) },
    });
    await channel.renew();
    await vi.waitFor(() => expect(reports).toEqual(["opened", "renewed"]));
    isWanted = false;
    await expect(channel.renew()).rejects.toMatchObject({ code: "CHANNEL_REFUSED" });
    expect(channel.state).toBe("closed");
    await vi.waitFor(() => expect(listener.peers()).toEqual([]));
    expect(reports).toEqual(["opened", "renewed", "closed"]);
  });

  it("ends when the listener no longer lets it in", async () => {
    let isWanted = true;
    const { channel, listener } = await opened({
      listener: {
        authorize: () => (isWanted ? undefined : { code: "CHANNEL_REFUSED", reason: "no longer" }),
      },
    });
    await vi.waitFor(() => expect(listener.peers()).toHaveLength(1));
    isWanted = false;
    await expect(channel.renew()).rejects.toMatchObject({ code: "CHANNEL_REFUSED" });
    await vi.waitFor(() => expect(channel.state).toBe("closed"));
    expect(listener.peers()).toHaveLength(0);
  });
});
