import { describe, expect, it, vi } from "vitest";
import { connected, FakeTime, text, turn } from "../testing/test-ends.js";
import { MemoryNetwork } from "./index.js";

describe("MemoryLink", () => {
  it("break() closes both ends with CONNECTION_RESET, and what was under way is lost", async () => {
    const { near, far, link, network } = await connected(new MemoryNetwork());
    void near.connection.send(text("under way"));
    link.break();
    expect(await near.closed).toMatchObject({ code: "CONNECTION_RESET" });
    expect(await far.closed).toMatchObject({ code: "CONNECTION_RESET" });
    expect(far.frames).toEqual([]);
    expect(network.links()).toEqual([]);
  });

  it("block() makes the sender wait and unblock() lets everything go", async () => {
    const { near, far, link } = await connected(new MemoryNetwork(), { softQueueBytes: 100 });
    link.toListener.block();
    expect(near.connection.send(text("one"))).toBeUndefined();
    const room = near.connection.send(text("two"));
    await turn();
    expect(far.frames).toEqual([]);
    link.unblock();
    await room;
    expect(far.frames).toEqual(["one", "two"]);
  });

  it("block() in one direction leaves the other alone", async () => {
    const { near, far, link } = await connected(new MemoryNetwork());
    link.toListener.block();
    void near.connection.send(text("held"));
    void far.connection.send(text("through"));
    await turn();
    expect(near.frames).toEqual(["through"]);
    expect(far.frames).toEqual([]);
  });

  it("close() over a blocked link is bounded, and the peer hears of it when the link is unblocked", async () => {
    const { near, far, link } = await connected(new MemoryNetwork(), { closeTimeoutMs: 10 });
    link.block();
    void near.connection.send(text("never taken"));
    await near.connection.close();
    link.unblock();
    expect(await far.closed).toMatchObject({ code: "CONNECTION_RESET" });
    expect(far.frames).toEqual([]);
  });

  it("cut() drops everything, so that the peer does not hear of the close", async () => {
    const { near, far, link } = await connected(new MemoryNetwork());
    link.cut();
    void near.connection.send(text("lost"));
    await near.connection.close();
    await turn();
    expect(far.frames).toEqual([]);
    expect(far.connection.send(text("still open"))).toBeUndefined();
    await far.connection.close();
  });

  it("cut(deadPeerMs) closes both ends with PEER_DEAD after that time", async () => {
    const time = new FakeTime();
    const { near, far, link } = await connected(new MemoryNetwork({ scheduler: time }), {}, time);
    link.cut(15_000);
    time.advance(14_999);
    expect(near.reasons).toEqual([]);
    time.advance(1);
    expect(await near.closed).toMatchObject({ code: "PEER_DEAD" });
    expect(await far.closed).toMatchObject({ code: "PEER_DEAD" });
  });

  it("cut() takes the transport's deadPeerMs, unless told otherwise", async () => {
    const time = new FakeTime();
    const { near, link } = await connected(
      new MemoryNetwork({ scheduler: time }),
      { deadPeerMs: 2_000 },
      time,
    );
    expect(() => link.cut(Number.POSITIVE_INFINITY)).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
    link.cut();
    time.advance(2_000);
    expect(await near.closed).toMatchObject({ code: "PEER_DEAD" });
  });

  it("holds a copy of what waits, not the larger buffer that it is a part of", async () => {
    const { near, far, link } = await connected(new MemoryNetwork());
    link.block();
    const large = new Uint8Array(1_000_000).fill(0x61);
    const release = vi.fn(() => large.fill(0x62));
    void near.connection.send([large.subarray(0, 3)], release);
    expect(release).toHaveBeenCalledOnce();
    link.unblock();
    await turn();
    expect(far.frames).toEqual(["aaa"]);
    expect(far.pinnedBytes).toBe(3);
  });

  it("counts what waits for the receiver", async () => {
    const { near, link } = await connected(new MemoryNetwork());
    link.block();
    void near.connection.send(text("four"));
    expect(link.toListener.queuedBytes).toBe(4 + 64);
    expect(link.toDialler.queuedBytes).toBe(0);
    link.unblock();
    await turn();
    expect(link.toListener.queuedBytes).toBe(0);
  });
});

describe("WireConditions", () => {
  it("delay frames by so many milliseconds", async () => {
    const time = new FakeTime();
    const network = new MemoryNetwork({ scheduler: time });
    const { near, far, link } = await connected(network, {}, time);
    link.setConditions({ delayMs: 50 });
    void near.connection.send(text("late"));
    time.advance(49);
    expect(far.frames).toEqual([]);
    time.advance(1);
    expect(far.frames).toEqual(["late"]);
  });

  it("keep frames in order under jitter where the transport is ordered", async () => {
    const time = new FakeTime();
    const { near, far, link } = await connected(new MemoryNetwork({ scheduler: time }), {}, time);
    link.setConditions({ jitterMs: 100 });
    const words = Array.from({ length: 50 }, (_, number) => `${number}`);
    for (const word of words) void near.connection.send(text(word));
    time.advance(100);
    expect(far.frames).toEqual(words);
  });

  it("let so many bytes through in a second", async () => {
    const time = new FakeTime();
    const { near, far, link } = await connected(new MemoryNetwork({ scheduler: time }), {}, time);
    link.setConditions({ bytesPerSecond: 10_000 });
    for (let count = 0; count < 10; count += 1) void near.connection.send([new Uint8Array(1_000)]);
    time.advance(500);
    expect(far.frames).toHaveLength(5);
    time.advance(500);
    expect(far.frames).toHaveLength(10);
  });

  it("lose, double and reorder the same frames in every run with the same seed", async () => {
    const run = async (seed: number): Promise<readonly string[]> => {
      const time = new FakeTime();
      const network = new MemoryNetwork({ scheduler: time, seed });
      const { near, far, link } = await connected(network, { reliable: false, ordered: false }, time);
      link.setConditions({ lossRate: 0.1, duplicateRate: 0.1, reorderRate: 0.1, jitterMs: 2 });
      for (let number = 0; number < 1_000; number += 1) void near.connection.send(text(`${number}`));
      time.advance(100);
      return far.frames;
    };
    const frames = await run(7);
    expect(await run(7)).toEqual(frames);
    expect(await run(8)).not.toEqual(frames);
    const arrived = new Set(frames);
    expect(arrived.size).toBeGreaterThan(850);
    expect(arrived.size).toBeLessThan(950);
    expect(frames.length - arrived.size).toBeGreaterThan(50);
    expect(frames).not.toEqual([...frames].sort((one, other) => Number(one) - Number(other)));
  });

  it.each([{ lossRate: 0.1 }, { duplicateRate: 0.1 }, { reorderRate: 0.1 }])(
    "refuse %j where the transport promises otherwise",
    async (conditions) => {
      const { link } = await connected(new MemoryNetwork());
      expect(() => link.setConditions(conditions)).toThrow(
        expect.objectContaining({ code: "OPTION_INVALID" }),
      );
    },
  );

  it.each([
    { lossRate: 1.1 },
    { delayMs: -1 },
    { delayMs: 2 ** 31 },
    { jitterMs: Number.NaN },
    { bytesPerSecond: 0 },
    { bytesPerSecond: null },
    { lossrate: 0.1 },
  ])("refuse %j as out of range", async (conditions) => {
    const { link } = await connected(new MemoryNetwork(), { reliable: false, ordered: false });
    expect(() => link.setConditions(conditions as never)).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });

  it("keep what is undefined", async () => {
    const time = new FakeTime();
    const { near, far, link } = await connected(new MemoryNetwork({ scheduler: time }), {}, time);
    link.setConditions({ delayMs: 50 });
    link.setConditions({ delayMs: undefined } as never);
    void near.connection.send(text("late"));
    time.advance(49);
    expect(far.frames).toEqual([]);
  });
});
