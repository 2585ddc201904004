import type { Origin, WorkerHost } from "@x/core";
import { describe, expect, it } from "vitest";
import { connectPair, type Pair, readAll, someBytes, testNode, until } from "../testing/chains.js";
import { type AcceptStreamsOptions, acceptStreams, type StreamListener } from "./accept-streams.js";
import type { ByteStream } from "./byte-stream.js";
import { type OpenStreamOptions, openStream } from "./open-stream.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A stream, both ends of it, between two nodes. */
async function opened(
  options: { open?: OpenStreamOptions; accept?: AcceptStreamsOptions; pair?: Pair } = {},
): Promise<{ pair: Pair; near: ByteStream; far: ByteStream; listener: StreamListener }> {
  const pair = options.pair ?? (await connectPair());
  let listener: StreamListener | undefined;
  const taken = new Promise<ByteStream>((resolve) => {
    listener = acceptStreams(pair.far, "end", (stream) => resolve(stream), options.accept);
  });
  const near = openStream(pair.near, pair.routeTo("end"), options.open);
  return { pair, near, far: await taken, listener: listener as unknown as StreamListener };
}

describe("a stream between two workers", () => {
  it("carries bytes both ways at once, byte for byte, and both ends hear that it ended well", async () => {
    const { near, far } = await opened();
    const [there, back] = [someBytes(5_000_000), someBytes(3_000_000)];
    const sent = [near, far].map(async ({ writable }, end) => {
      const writer = writable.getWriter();
      const bytes = end === 0 ? there : back;
      for (let at = 0; at < bytes.length; at += 100_000) await writer.write(bytes.subarray(at, at + 100_000));
      await writer.close();
    });
    const [atFar, atNear] = await Promise.all([readAll(far.readable), readAll(near.readable)]);
    expect(atFar.equals(there)).toBe(true);
    expect(atNear.equals(back)).toBe(true);
    await Promise.all([...sent, near.closed, far.closed]);
  });

  it("ends one direction by itself: what was closed here is still answered", async () => {
    const { near, far } = await opened();
    const writer = near.writable.getWriter();
    await writer.write(text("question"));
    await writer.close();
    expect((await readAll(far.readable)).toString()).toBe("question");
    const answer = far.writable.getWriter();
    await answer.write(text("after the end"));
    await answer.close();
    expect((await readAll(near.readable)).toString()).toBe("after the end");
    await Promise.all([near.closed, far.closed]);
  });

  it("begins with an end that speaks first, and without any bytes", async () => {
    const { near, far } = await opened();
    await far.writable.close();
    expect(await readAll(near.readable)).toHaveLength(0);
    await near.writable.close();
    expect(await readAll(far.readable)).toHaveLength(0);
    await Promise.all([near.closed, far.closed]);
  });

  it("tells the acceptor what the opener said of it", async () => {
    const { near: host, far: other, routeTo } = await connectPair();
    const told = new Promise<Uint8Array>((resolve) => {
      acceptStreams(other, "end", (stream) => resolve(stream.openOptions));
    });
    const openOptions = text("about me");
    const near = openStream(host, routeTo("end"), { openOptions });
    openOptions.fill(0);
    expect(Buffer.from(await told).toString()).toBe("about me");
    expect(near.openOptions).toHaveLength(0);
  });

  it("makes a writer wait for a slow reader, in both directions, and holds no more than its window meanwhile", async () => {
    const maxWindowBytes = 65_536;
    const { near, far } = await opened({ open: { maxWindowBytes }, accept: { maxWindowBytes } });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const writer = from.writable.getWriter();
      let written = 0;
      const writing = (async () => {
        for (; written < 8_000_000; written += 100_000) await writer.write(someBytes(100_000));
        await writer.close();
      })();
      let before = -1;
      while (written > before) {
        before = written;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      // The window, and what waits unsent at the writer.
      expect(written).toBeLessThan(2_000_000);
      expect(await readAll(to.readable)).toHaveLength(8_000_000);
      await writing;
    }
  });

  it("leaves what was written to its writer, and gives the reader bytes that nothing changes", async () => {
    const { near, far } = await opened();
    const writer = near.writable.getWriter();
    const bytes = text("mine");
    await writer.write(bytes);
    bytes.fill(0);
    await writer.write(new DataView(text("view").buffer) as unknown as Uint8Array);
    await writer.write(text("last").buffer as unknown as Uint8Array);
    await writer.close();
    expect((await readAll(far.readable)).toString()).toBe("mineviewlast");
  });
});

describe("ByteStream.reset()", () => {
  it("fails both ends with its text: reading, writing and closed", async () => {
    const { near, far } = await opened();
    const [reader, writer] = [far.readable.getReader(), far.writable.getWriter()];
    const reading = reader.read();
    near.reset("no longer wanted");
    near.reset("again");
    const failure = { name: "CulvertError", code: "STREAM_RESET", message: "no longer wanted" };
    await expect(reading).rejects.toMatchObject(failure);
    await expect(writer.write(text("x"))).rejects.toMatchObject(failure);
    await expect(far.closed).rejects.toMatchObject(failure);
    await expect(near.closed).rejects.toMatchObject(failure);
    await expect(near.readable.getReader().read()).rejects.toMatchObject(failure);
    await expect(near.writable.getWriter().write(text("x"))).rejects.toMatchObject(failure);
  });

  it("ends a write that waits", async () => {
    const { near, far } = await opened({ accept: { maxWindowBytes: 16_384 } });
    const writing = near.writable.getWriter().write(someBytes(8_000_000));
    far.reset();
    await expect(writing).rejects.toMatchObject({ code: "STREAM_RESET" });
  });

  it("is what an aborted writer does, without telling what failed in it", async () => {
    const { near, far } = await opened();
    await near.writable.abort(new Error("a secret"));
    await expect(far.closed).rejects.toMatchObject({ code: "STREAM_RESET", message: "its writer gave up" });
  });

  it("is what writing something else than bytes does", async () => {
    const { near, far } = await opened();
    const writing = near.writable.getWriter().write("text" as unknown as Uint8Array);
    await expect(writing).rejects.toThrow(TypeError);
    await expect(far.closed).rejects.toMatchObject({ code: "STREAM_RESET" });
  });
});

describe("ByteStream.readable.cancel()", () => {
  it("still lets this end finish its own direction, then resets the other one", async () => {
    const { near, far } = await opened();
    const flood = far.writable.getWriter();
    const flooding = (async () => {
      for (;;) await flood.write(someBytes(65_536));
    })();
    await near.readable.cancel();
    const writer = near.writable.getWriter();
    await writer.write(text("the answer"));
    const closing = writer.close();
    const [first] = await Promise.all([far.readable.getReader().read(), flooding.catch(() => {})]);
    expect(Buffer.from(first.value ?? []).toString()).toBe("the answer");
    await closing.catch(() => {});
    await expect(far.closed).rejects.toMatchObject({ code: "STREAM_RESET" });
  });
});

describe("ByteStream.close()", () => {
  it("ends this direction, throws away what comes, and resolves when the other end ended too", async () => {
    const { near, far } = await opened();
    await near.writable.getWriter().write(text("all of it"));
    const closing = Promise.all([near.close(), near.close()]);
    expect((await readAll(far.readable)).toString()).toBe("all of it");
    const writer = far.writable.getWriter();
    await writer.write(someBytes(1_000_000));
    await writer.close();
    await closing;
    await near.closed;
    await expect(near.readable.getReader().read()).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("does not lose a write that waits for room", async () => {
    const { near, far } = await opened({ accept: { maxWindowBytes: 16_384 } });
    const writing = near.writable.getWriter().write(someBytes(4_000_000));
    const closing = near.close();
    void far.writable.close();
    expect(await readAll(far.readable)).toHaveLength(4_000_000);
    await Promise.all([writing, closing, near.closed]);
  });
});

describe("openStream()", () => {
  it("fails the stream when nobody takes it, and names the hop", async () => {
    const { near, routeTo } = await connectPair();
    const stream = openStream(near, routeTo("nobody"));
    await expect(stream.closed).rejects.toMatchObject({ code: "WORKER_NOT_FOUND", hop: "nobody" });
    await expect(stream.readable.getReader().read()).rejects.toMatchObject({ code: "WORKER_NOT_FOUND" });
  });

  it("looks anew each time, and finds an acceptor that came meanwhile", async () => {
    const { near, far, routeTo } = await connectPair();
    await expect(openStream(near, routeTo("late")).closed).rejects.toMatchObject({
      code: "WORKER_NOT_FOUND",
    });
    acceptStreams(far, "late", ({ readable, writable }) => readable.pipeTo(writable));
    const stream = openStream(near, routeTo("late"));
    await stream.writable.close();
    await stream.closed;
  });

  it("opens many streams at once by one worker, each its own bytes", async () => {
    const { near, far, routeTo } = await connectPair();
    acceptStreams(far, "echo", ({ readable, writable }) => readable.pipeTo(writable));
    const workers = near.workers().length;
    const echoes = Array.from({ length: 100 }, async (_, index) => {
      const stream = openStream(near, routeTo("echo"));
      const writer = stream.writable.getWriter();
      void writer.write(text(`${index} `.repeat(5_000))).then(() => writer.close());
      expect((await readAll(stream.readable)).toString()).toBe(`${index} `.repeat(5_000));
      await stream.closed;
    });
    expect(near.workers().length).toBe(workers + 1);
    await Promise.all(echoes);
  });

  it("dials through the operator's host", async () => {
    const { network, far } = await connectPair();
    acceptStreams(far, "echo", ({ readable, writable }) => readable.pipeTo(writable));
    const { memory } = await import("@x/transport-memory");
    const near = testNode(memory({ network }));
    const refused = openStream(near, ["memory#far", "echo"]);
    await expect(refused.closed).rejects.toMatchObject({
      code: expect.stringMatching(/HOP_REFUSED|WORKER_NOT_FOUND/),
    });
    const stream = openStream(near.own, ["memory#far", "echo"]);
    await stream.writable.close();
    await stream.closed;
  });

  it.each([
    { openTimeoutMs: Number.NaN },
    { resumeTimeoutMs: Number.POSITIVE_INFINITY },
    { keepAliveMs: -1 },
    { maxWindowBytes: 1.5 },
    { openOptions: new Uint8Array(1_025) },
    { openOptions: "text" as unknown as Uint8Array },
    { windowBytes: 1 } as OpenStreamOptions,
  ])("refuses %o", async (options) => {
    const { near, routeTo } = await connectPair();
    expect(() => openStream(near, routeTo("end"), options)).toThrowError(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });

  it("refuses a route that is none", async () => {
    const near = testNode();
    expect(() => openStream(near, [])).toThrowError(expect.objectContaining({ code: "ROUTE_INVALID" }));
    expect(near.workers()).toEqual([]);
  });
});

describe("acceptStreams()", () => {
  it("refuses the operator's host, whose rights strangers must not get", () => {
    const node = testNode();
    expect(() => acceptStreams(node.own, "end", () => {})).toThrowError(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });

  it.each([{ maxStreams: Number.NaN }, { maxStreams: -1 }, { unknown: 1 } as AcceptStreamsOptions])(
    "refuses %o",
    (options) => {
      const node = testNode();
      expect(() => acceptStreams(node, "end", () => {}, options)).toThrowError(
        expect.objectContaining({ code: "OPTION_INVALID" }),
      );
      expect(node.workers()).toEqual([]);
    },
  );

  it("resets a stream whose handler throws, without telling why, and lives on", async () => {
    const { near, far, routeTo } = await connectPair();
    const told: unknown[] = [];
    const onError = (error: unknown): void => void told.push(error);
    let count = 0;
    const handler = async ({ writable }: ByteStream): Promise<void> => {
      if (++count === 1) throw new Error("a secret");
      await writable.close();
    };
    acceptStreams(far, "end", handler, { onError });
    const failure = { code: "STREAM_RESET", message: "what took the stream failed" };
    await expect(openStream(near, routeTo("end")).closed).rejects.toMatchObject(failure);
    expect(told).toEqual([new Error("a secret")]);
    expect(await readAll(openStream(near, routeTo("end")).readable)).toHaveLength(0);
  });

  it("asks its access rule, and tells where a stream came from", async () => {
    const { near, far, routeTo } = await connectPair();
    let isAllowed = false;
    const taken = new Promise<ByteStream>((resolve) => {
      const access = ({ arrivedBy }: Origin): boolean => isAllowed && arrivedBy !== undefined;
      acceptStreams(far, "end", (stream) => resolve(stream), { access });
    });
    await expect(openStream(near, routeTo("end")).closed).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    isAllowed = true;
    const stream = openStream(near, routeTo("end"));
    expect(stream.origin).toBeUndefined();
    expect((await taken).origin).toMatchObject({ arrivedBy: far.connections()[0]?.worker, isOwn: false });
  });

  it("refuses new streams while it drains, and lets the others end", async () => {
    const { pair, near, far, listener } = await opened();
    const drained = listener.drain(15_000);
    const late = openStream(pair.near, pair.routeTo("end"));
    await expect(late.closed).rejects.toMatchObject({ code: "OUTLET_CLOSING" });
    expect(listener.streams).toBe(1);
    await Promise.all([
      near.writable.close(),
      far.writable.close(),
      readAll(near.readable),
      readAll(far.readable),
    ]);
    await drained;
    await expect(openStream(pair.near, pair.routeTo("end")).closed).rejects.toMatchObject({
      code: "WORKER_NOT_FOUND",
    });
  });

  it("resets its streams when it is closed, and when its node is", async () => {
    const first = await opened();
    await Promise.all([first.listener.close(), first.listener.close()]);
    await expect(first.near.closed).rejects.toMatchObject({ code: "ABORTED" });
    await expect(first.far.closed).rejects.toMatchObject({ code: "ABORTED" });
    const second = await opened();
    await Promise.all([second.pair.far.close(), second.pair.near.close()]);
    await expect(second.near.closed).rejects.toMatchObject({ code: "ABORTED" });
    await expect(second.far.closed).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("a stream whose path breaks", () => {
  it("goes on over the path that comes back", async () => {
    const { pair, near, far } = await opened({ pair: await connectPair({ bytesPerSecond: 40_000_000 }) });
    const bytes = someBytes(6_000_000);
    const writer = near.writable.getWriter();
    const writing = writer.write(bytes).then(() => writer.close());
    const reading = readAll(far.readable);
    for (let breaks = 0; breaks < 3; breaks++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      for (const link of pair.network.links()) link.break();
    }
    expect((await reading).equals(bytes)).toBe(true);
    await writing;
  });

  it("fails both ends when it does not come back in time", async () => {
    const short = { resumeTimeoutMs: 200 };
    const { pair, near, far } = await opened({ open: short, accept: short });
    const writer = near.writable.getWriter();
    await writer.write(text("x"));
    await far.readable.getReader().read();
    await pair.connection.close();
    await expect(near.closed).rejects.toMatchObject({ code: "STREAM_LOST" });
    await expect(far.closed).rejects.toMatchObject({ code: expect.stringMatching(/STREAM_LOST/) });
  });
});

describe("what all streams of a node share", () => {
  it("is one, also for a host that wraps the node's", async () => {
    const { near, far, routeTo } = await connectPair();
    const accepted = acceptStreams(far, "end", () => {});
    const { streamResources } = await import("../resources/stream-resources.js");
    const wrapper: WorkerHost = {
      isOwn: near.isOwn,
      startWorker: (handler, options) => near.startWorker(handler, options),
      send: (message) => near.send(message),
      watch: (address, listener) => near.watch(address, listener),
      addResolver: (prefix, resolve) => near.addResolver(prefix, resolve),
      shared: (key) => near.shared(key),
    };
    const { budget } = near.shared(streamResources);
    const before = budget.usedBytes;
    openStream(near, routeTo("end"));
    const one = budget.usedBytes - before;
    expect(one).toBeGreaterThan(0);
    openStream(wrapper, routeTo("end"));
    openStream(near.own, routeTo("end"));
    expect(budget.usedBytes - before).toBe(3 * one);
    // An acceptor grants the least at first, which every stream gets whatever others have.
    await until(() => accepted.streams === 3, "the streams at the other end");
    expect(far.shared(streamResources).budget.usedBytes).toBe(0);
  });
});
