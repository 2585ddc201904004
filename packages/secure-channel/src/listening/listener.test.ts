import { request } from "@x/core";
import { startEcho } from "@x/routing";
import { describe, expect, it, vi } from "vitest";
import { closing, opened, place } from "../../test-support/nodes.js";
import { RawDialler } from "../../test-support/raw-dialler.js";
import { TestIdentity, testIdentities, trusting } from "../../test-support/test-identity.js";
import { openChannel, startChannelListener } from "../node.js";
import { innerType } from "../wire/inner.js";
import { type HalfOpen, HalfOpenTable } from "./half-open.js";
import { Rates } from "./rates.js";

async function listening(limits = {}) {
  const { node } = place();
  const far = node();
  const identity = new TestIdentity();
  const check = vi.fn(testIdentities.check);
  const proof = vi.spyOn(identity, "proof");
  const trust = { ...trusting(identity), identities: { check } };
  const listener = closing(startChannelListener(far, "api", { ...trust, limits }));
  await far.listen("memory#far");
  const dialler = (host = node()) => new RawDialler(host.own, ["memory#far", "api"]);
  return { node, far, listener, check, proof, dialler };
}

describe("a channel listener", () => {
  it("gives a hello that is sent again the same answer, and works on it once", async () => {
    const { listener, proof, dialler } = await listening();
    const raw = dialler();
    const hello = await raw.hello();
    const answer = await raw.send(hello);
    expect(answer?.length).toBeGreaterThan(100);
    expect(await raw.send(hello)).toEqual(answer);
    expect(await raw.send(hello)).toEqual(answer);
    expect(proof).toHaveBeenCalledTimes(1);
    expect(listener.halfOpen).toBe(1);
  });

  it("gives a finish that is sent again the same verdict, and works on it once", async () => {
    const { far, listener, check, dialler } = await listening();
    startEcho(far, { exposure: "network" });
    const raw = dialler();
    const { bytes, session } = await raw.finish((await raw.send(await raw.hello())) as Uint8Array);
    const verdict = await raw.send(bytes);
    expect(await raw.send(bytes)).toEqual(verdict);
    expect(check).toHaveBeenCalledTimes(1);
    const opened = await session.opener.open(verdict as Uint8Array);
    expect(opened?.content[0]).toBe(innerType.accepted);
    // Only a record shows that the dialler has the keys.
    expect(listener.peers()).toEqual([]);
    expect(listener.halfOpen).toBe(1);
    const ping = await session.sealer.seal([Uint8Array.of(innerType.ping)]).parts;
    const pong = await raw.send(Buffer.concat(ping));
    expect((await session.opener.open(pong as Uint8Array))?.content).toEqual(Buffer.of(innerType.pong));
    expect(listener.peers().map(({ identifier }) => identifier)).toEqual([raw.identity.identifier]);
    expect(listener.halfOpen).toBe(0);
  });

  it("goes on with the right finish after many wrong ones", async () => {
    const { dialler } = await listening();
    const raw = dialler();
    const { bytes } = await raw.finish((await raw.send(await raw.hello())) as Uint8Array);
    for (let at = 10; at < 15; at++) {
      const wrong = new Uint8Array(bytes);
      wrong[at] = (wrong[at] ?? 0) ^ 1;
      expect(await raw.send(wrong, 30)).toBeUndefined();
    }
    expect(await raw.send(bytes)).toBeDefined();
  });

  it("forgets handshakes that are not finished in time, and what they made", async () => {
    const { far, listener, dialler } = await listening({ handshakeTimeoutMs: 300 });
    const workers = far.workers().length;
    const raw = dialler();
    const { bytes } = await raw.finish((await raw.send(await raw.hello())) as Uint8Array);
    expect(await raw.send(bytes)).toBeDefined();
    const other = dialler();
    await other.send(await other.hello());
    expect(listener.halfOpen).toBe(2);
    await vi.waitFor(() => expect(listener.halfOpen).toBe(0), 3_000);
    await vi.waitFor(() => expect(far.workers()).toHaveLength(workers), 3_000);
  });

  it("holds 16 handshakes of one connection, and lets others through meanwhile", async () => {
    const { node, listener, dialler } = await listening();
    const greedy = node();
    const floods = Array.from({ length: 60 }, () => dialler(greedy));
    await Promise.all(floods.map(async (raw) => await raw.send(await raw.hello(), 500)));
    expect(listener.halfOpen).toBe(16);
    const channel = closing(await openChannel(node().own, ["memory#far", "api"], trusting()));
    expect(channel.state).toBe("up");
  });

  it("works on no more handshakes of one connection than its rate", async () => {
    const { node, proof, dialler } = await listening({ maxHandshakeBurst: 5, maxHandshakesPerSecond: 0 });
    const greedy = node();
    const floods = Array.from({ length: 20 }, () => dialler(greedy));
    await Promise.all(floods.map(async (raw) => await raw.send(await raw.hello(), 200)));
    expect(proof).toHaveBeenCalledTimes(5);
    const other = dialler();
    expect(await other.send(await other.hello())).toBeDefined();
  });

  it("answers others who come by the relay by which somebody sends too many hellos", async () => {
    const { node, far, proof } = await listening({ maxHandshakeBurst: 16, maxHandshakesPerSecond: 0 });
    const relay = node();
    const { worker } = await relay.connect("memory#far");
    await relay.listen("memory#relay");
    relay.startWorker((message) => message.forward({ onwardRoute: [worker, ...message.onwardRoute] }), {
      address: "forward",
      exposure: "network",
    });
    const route = ["memory#relay", "forward", "api"];
    const greedy = node();
    const floods = Array.from({ length: 40 }, () => new RawDialler(greedy.own, route));
    await Promise.all(floods.map(async (raw) => await raw.send(await raw.hello(), 300)));
    expect(proof).toHaveBeenCalledTimes(8);
    const channel = closing(await openChannel(node().own, route, trusting()));
    expect(channel.state).toBe("up");
    expect(far.stats().connections).toHaveLength(1);
  });

  it("answers nothing that is no hello of a suite it knows", async () => {
    const { listener, dialler } = await listening();
    const raw = dialler();
    const hello = await raw.hello();
    for (const wrong of [hello.with(1, 9), hello.with(0, 9), hello.subarray(0, 41), new Uint8Array(0)]) {
      expect(await raw.send(wrong, 30)).toBeUndefined();
    }
    expect(listener.halfOpen).toBe(0);
    // Another suite than the hello was made for: the prologue differs, and the answer cannot be read.
    const answer = await raw.send(hello.with(1, 2));
    await expect(raw.finish(answer as Uint8Array)).rejects.toMatchObject({ code: "HANDSHAKE_FAILED" });
  });

  it("ends a channel whose other end seals what breaks the rules, and is told so", async () => {
    const { listener, dialler } = await listening();
    const wrong = [
      Uint8Array.of(innerType.message, 0, 1, 200),
      Uint8Array.of(innerType.message, 9, 1, 0, 0, 0),
      Uint8Array.of(innerType.message),
      new Uint8Array(0),
    ];
    for (const content of wrong) {
      const raw = dialler();
      const { bytes, session } = await raw.finish((await raw.send(await raw.hello())) as Uint8Array);
      await session.opener.open((await raw.send(bytes)) as Uint8Array);
      const record = Buffer.concat(await session.sealer.seal([content]).parts);
      const answer = await session.opener.open((await raw.send(record)) as Uint8Array);
      const [type, length] = answer?.content ?? [];
      expect(type).toBe(innerType.close);
      expect(Buffer.from(answer?.content.subarray(2, 2 + (length ?? 0)) ?? []).toString()).toBe(
        "PAYLOAD_INVALID",
      );
      expect(listener.peers()).toEqual([]);
      // Its session is gone: the dialler is told to begin anew.
      expect((await raw.send(record))?.[0]).toBe(5);
    }
  });

  it("is never started with the operator's host, whose rights would be those of others", async () => {
    const { node } = place();
    expect(() => startChannelListener(node().own, "api", trusting())).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });

  it("does not renew a channel for another identity, whoever knows its name", async () => {
    const { channel, listener, near, far, again } = await opened();
    startEcho(far, { exposure: "network" });
    const other = await again(trusting());
    expect(other.peer.identifier).toBe(channel.peer.identifier);
    await vi.waitFor(() => expect(listener.peers()).toHaveLength(2));
    await Promise.all([channel.renew(), other.renew()]);
    const identifiers = listener.peers().map(({ identifier }) => identifier);
    expect(new Set(identifiers).size).toBe(2);
    expect((await request(near, [channel.address, "echo"], "hi")).text()).toBe("hi");
  });
});

describe("HalfOpenTable", () => {
  const limits = { maxHalfOpen: 6, maxHalfOpenPerConnection: 4, handshakeTimeoutMs: 1_000 };
  let number = 0;
  const entry = (connection: string, neighbour = ""): HalfOpen => ({
    helloKey: `hello ${++number}`,
    localKey: `id ${number}`,
    comer: { connection, neighbour },
    localId: new Uint8Array(8),
    diallerId: new Uint8Array(8),
    cipher: "AESGCM",
    startedAt: performance.now(),
    isFinishing: false,
    tries: 0,
  });

  it("lets the connection with the most give way, its oldest first", () => {
    const table = new HalfOpenTable(limits);
    const greedy = Array.from({ length: 4 }, () => entry("greedy"));
    const modest = [entry("modest"), entry("modest")];
    for (const each of [...greedy, ...modest]) table.add(each);
    const late = entry("late");
    table.add(late);
    expect(table.size).toBe(6);
    expect(table.withId(greedy[0]?.localKey ?? "")).toBeUndefined();
    for (const each of [...greedy.slice(1), ...modest, late]) expect(table.withId(each.localKey)).toBe(each);
  });

  it("lets those behind a relay pay that have the most, and not the one that was first", () => {
    const table = new HalfOpenTable(limits);
    const honest = entry("relay", "honest");
    table.add(honest);
    for (let i = 0; i < 10; i++) table.add(entry("relay", "hog"));
    expect(table.size).toBe(4);
    expect(table.withId(honest.localKey)).toBe(honest);
  });

  it("lets a connection with too many pay itself, also while there is room", () => {
    const table = new HalfOpenTable(limits);
    const own = Array.from({ length: 5 }, () => entry("greedy"));
    for (const each of own) table.add(each);
    expect(table.size).toBe(4);
    expect(table.withHello(own[0]?.helloKey ?? "")).toBeUndefined();
    for (const each of own) table.remove(each);
    expect(table.size).toBe(0);
  });
});

describe("Rates", () => {
  const plenty = { burst: 1_000, perSecond: 0 };
  const takeAll = (rates: Rates, connection: string, neighbour: string): number => {
    let taken = 0;
    while (rates.take({ connection, neighbour })) taken++;
    return taken;
  };

  it("leave something to those who come by the same relay as whoever asks for many", () => {
    const rates = new Rates({
      ofConnection: { burst: 16, perSecond: 0 },
      ofAll: plenty,
      maxConnections: 10,
    });
    expect(takeAll(rates, "relay", "hog")).toBe(8);
    expect(takeAll(rates, "relay", "honest")).toBe(4);
    expect(takeAll(rates, "relay", "late")).toBeGreaterThanOrEqual(2);
    expect(takeAll(rates, "relay", "hog")).toBe(0);
  });

  it("have a sum, of which whoever has many connections leaves something to others", () => {
    const rates = new Rates({
      ofConnection: plenty,
      ofAll: { burst: 16, perSecond: 0 },
      maxConnections: 100,
    });
    expect(takeAll(rates, "hog", "")).toBe(8);
    expect(takeAll(rates, "honest", "")).toBe(4);
    let more = 0;
    for (let i = 0; i < 20; i++) more += takeAll(rates, `hog ${i}`, "");
    expect(more).toBe(4);
  });

  it("remembers only so many", () => {
    const rates = new Rates({ ofConnection: { burst: 1, perSecond: 0 }, ofAll: plenty, maxConnections: 2 });
    const take = (connection: string): boolean => rates.take({ connection, neighbour: "" });
    expect([take("a"), take("a"), take("b"), take("c")]).toEqual([true, false, true, true]);
    // "a" did nothing for the longest time.
    expect([take("a"), take("c")]).toEqual([true, false]);
  });
});
