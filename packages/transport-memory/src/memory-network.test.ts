import { describe, expect, it, vi } from "vitest";
import { connected, FakeTime, record, text } from "../testing/test-ends.js";
import { MemoryNetwork, memory } from "./index.js";

const ignore = { onConnection: () => {} };

describe("MemoryNetwork", () => {
  it("makes names up where asked to", async () => {
    const network = new MemoryNetwork();
    const transport = memory({ network });
    const listeners = await Promise.all(
      ["", "0", "n2:0", "n2:0"].map((where) => transport.listen(where, ignore)),
    );
    expect(listeners.map(({ where }) => where)).toEqual(network.listening());
    expect(new Set(network.listening()).size).toBe(4);
    expect(network.listening()[2]).toMatch(/^n2:\d+$/);
  });

  it.each(["n 2", "n2/x", "#", ":0", "x".repeat(129), "-n2"])("refuses the name %j", async (where) => {
    const transport = memory({ network: new MemoryNetwork() });
    await expect(transport.listen(where, ignore)).rejects.toMatchObject({ code: "ADDRESS_INVALID" });
    await expect(transport.dial(where)).rejects.toMatchObject({ code: "ADDRESS_INVALID" });
  });

  it("isolate() cuts the links of a listener and lets dials time out, until restore()", async () => {
    const time = new FakeTime();
    const network = new MemoryNetwork({ scheduler: time });
    const { near, far, where, transport } = await connected(network, { dialTimeoutMs: 3_000 }, time);
    network.isolate(where, 15_000);
    void near.connection.send(text("lost"));
    const refused = expect(transport.dial(where)).rejects.toMatchObject({ code: "CONNECTION_TIMED_OUT" });
    time.advance(3_000);
    await refused;
    expect(far.frames).toEqual([]);
    time.advance(12_000);
    expect(await near.closed).toMatchObject({ code: "PEER_DEAD" });
    network.restore(where);
    const dialling = transport.dial(where);
    time.advance(0);
    expect((await dialling).remoteWhere).toBe(where);
  });

  it("takes a round trip to dial", async () => {
    const time = new FakeTime();
    const network = new MemoryNetwork({ scheduler: time, conditions: { delayMs: 30 } });
    const transport = memory({ network });
    const listener = await transport.listen("n2", { onConnection: (connection) => void record(connection) });
    const dialling = transport.dial(listener.where);
    time.advance(59);
    expect(network.links()).toHaveLength(0);
    time.advance(1);
    expect(network.links("n2")).toHaveLength(1);
    await dialling;
  });

  it("changes the conditions of present and future links", async () => {
    const time = new FakeTime();
    const network = new MemoryNetwork({ scheduler: time });
    const { near, far } = await connected(network, {}, time);
    network.setConditions({ delayMs: 10 });
    void near.connection.send(text("late"));
    time.advance(9);
    expect(far.frames).toEqual([]);
    time.advance(1);
    expect(far.frames).toEqual(["late"]);
  });

  it("keeps networks apart", async () => {
    const listener = await memory({ network: new MemoryNetwork() }).listen("n2", ignore);
    await expect(memory({ network: new MemoryNetwork() }).dial("n2")).rejects.toMatchObject({
      code: "CONNECTION_REFUSED",
    });
    await listener.close();
  });

  it("is one for the whole process by default", async () => {
    await using listener = await memory().listen("", {
      onConnection: (connection) => void record(connection),
    });
    await using connection = await memory().dial(listener.where);
    expect(connection.remoteWhere).toBe(listener.where);
  });
});

describe("memory()", () => {
  const invalid = expect.objectContaining({ code: "OPTION_INVALID" });

  it.each([
    { maxFrameBytes: Number.NaN },
    { softQueueBytes: -1 },
    { hardQueueBytes: Number.POSITIVE_INFINITY },
    { closeTimeoutMs: Number.POSITIVE_INFINITY },
    { dialTimeoutMs: 2 ** 31 },
    { deadPeerMs: null },
    { maxFrames: 3 },
  ])("refuses %j", (options) => {
    expect(() => memory(options as never)).toThrow(invalid);
  });

  it("keeps the default of what is undefined", () => {
    expect(memory({ maxFrameBytes: undefined } as never).capabilities).toEqual(memory().capabilities);
  });

  it.each([undefined, null, 7, {}])("does not dial or listen on %j", async (where) => {
    const transport = memory({ network: new MemoryNetwork() });
    await expect(transport.dial(where as never)).rejects.toMatchObject({ code: "ADDRESS_INVALID" });
    await expect(transport.listen(where as never, ignore)).rejects.toMatchObject({ code: "ADDRESS_INVALID" });
  });

  it("runs where there is no Buffer and no setImmediate, as in a browser", async () => {
    vi.resetModules();
    for (const name of ["Buffer", "setImmediate"]) vi.stubGlobal(name, undefined);
    try {
      const browser = await import("./memory-transport.js");
      const frames: Uint8Array[] = [];
      await using listener = await browser.memory().listen("", {
        onConnection: (far) => far.start({ onFrame: (frame) => void frames.push(frame), onClose: () => {} }),
      });
      await using near = await browser.memory().dial(listener.where);
      for (let count = 0; count < 200; count += 1) await near.send([Uint8Array.of(count)]);
      await new Promise((resolve) => setTimeout(resolve, 0));
      expect(frames).toHaveLength(200);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe("realScheduler", () => {
  it("lets timers run while two ends answer each other for ever", async () => {
    const { near, far } = await connected(new MemoryNetwork(), {}, undefined, (end) => (frame) => {
      if (!end.stopped) return end.connection.send([frame]);
      return undefined;
    });
    void near.connection.send(text("ping"));
    await new Promise((resolve) => setTimeout(resolve, 5));
    near.stopped = true;
    expect(far.frames.length).toBeGreaterThan(10);
    await near.connection.close();
  });
});
