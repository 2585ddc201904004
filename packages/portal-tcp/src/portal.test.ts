import { afterEach, describe, expect, it } from "vitest";
import { onTrueEnd } from "./sockets/true-end.js";
import { type ChainKind, startChain, startPortal } from "./testing/chains.js";
import { cleanUp } from "./testing/cleanups.js";
import {
  firstText,
  nextSocket,
  readToEnd,
  serveEcho,
  serveTarget,
  someBytes,
  soon,
  until,
  visit,
} from "./testing/sockets.js";

afterEach(cleanUp);

const kinds: readonly ChainKind[] = ["direct", "hop", "one relay", "two relays"];

describe.each(kinds)("a portal over %s", (kind) => {
  it("carries bytes both ways and ends each direction by itself", async () => {
    const { inlet } = await startPortal(await startChain({ kind }), await serveEcho());
    const visitor = visit(inlet.where);
    visitor.end("hello");
    expect(await readToEnd(visitor)).toEqual({ how: "ended", bytes: Buffer.from("hello") });
  });

  it("carries 50 MB both ways at once", async () => {
    const { inlet, outlet } = await startPortal(await startChain({ kind }), await serveEcho());
    const visitor = visit(inlet.where);
    const bytes = someBytes(50_000_000);
    visitor.end(bytes);
    const { how, bytes: back } = await readToEnd(visitor);
    expect(how).toBe("ended");
    expect(back.equals(bytes)).toBe(true);
    await until(() => inlet.streams + outlet.streams === 0, "the end of the stream");
  });

  it("carries 100 streams at once, each its own bytes", async () => {
    const { inlet, outlet } = await startPortal(await startChain({ kind }), await serveEcho());
    const endings = Array.from({ length: 100 }, (_, index) => {
      const visitor = visit(inlet.where);
      visitor.end(`${index} `.repeat(10_000));
      return readToEnd(visitor);
    });
    for (const [index, { how, bytes }] of (await Promise.all(endings)).entries()) {
      expect(how).toBe("ended");
      expect(bytes.toString()).toBe(`${index} `.repeat(10_000));
    }
    await until(() => inlet.streams + outlet.streams === 0, "the end of the streams");
  });
});

describe("a portal's stream", () => {
  it("begins with a target that speaks first", async () => {
    const { where } = await serveTarget((socket) => socket.write("welcome"));
    const { inlet } = await startPortal(await startChain(), where);
    expect(await firstText(visit(inlet.where))).toBe("welcome");
  });

  it("still carries the answer after the visitor ended its direction", async () => {
    const { where } = await serveTarget((socket) => {
      socket.resume();
      socket.once("end", () => socket.end("after the end"));
    });
    const { inlet } = await startPortal(await startChain(), where);
    const visitor = visit(inlet.where);
    visitor.end("question");
    expect((await readToEnd(visitor)).bytes.toString()).toBe("after the end");
  });

  it("still carries the visitor's bytes after the target ended its direction [portal-half-close]", async () => {
    const { where, server } = await serveTarget((socket) => socket.end("bye"));
    const { inlet } = await startPortal(await startChain(), where);
    const visitor = visit(inlet.where);
    const target = await nextSocket(server);
    const arrived = readToEnd(target);
    expect((await readToEnd(visitor)).bytes.toString()).toBe("bye");
    visitor.end("still here");
    expect(await arrived).toEqual({ how: "ended", bytes: Buffer.from("still here") });
  });

  it("resets the target's socket when the visitor resets its own", async () => {
    const { where, server } = await serveTarget(() => {});
    const { inlet, outlet } = await startPortal(await startChain(), where);
    const visitor = visit(inlet.where);
    const target = await nextSocket(server);
    const ending = readToEnd(target);
    visitor.write("x");
    await soon(new Promise((resolve) => target.once("data", resolve)), "the first byte");
    visitor.resetAndDestroy();
    expect((await ending).how).toBe("reset");
    await until(() => inlet.streams + outlet.streams === 0, "the end of the stream");
  });

  it("resets the visitor's socket when the target resets its own", async () => {
    const { where } = await serveTarget((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const { inlet } = await startPortal(await startChain(), where);
    const visitor = visit(inlet.where);
    visitor.write("x");
    expect((await readToEnd(visitor)).how).toBe("reset");
  });

  it("never takes a reset behind the last bytes for an end", async () => {
    // An odd count: the last read of the outlet is a short one, and the platform sees the hang-up with it.
    const { where } = await serveTarget((socket) => {
      socket.write(Buffer.alloc(100_001), () => socket.resetAndDestroy());
    });
    const { inlet } = await startPortal(await startChain(), where);
    const ends: string[] = [];
    for (let round = 0; round < 20; round++) {
      const visitor = visit(inlet.where);
      onTrueEnd(visitor.resume(), () => ends.push("end"));
      visitor.on("error", () => ends.push("reset"));
      await soon(new Promise((resolve) => visitor.once("close", resolve)), "the close of the visitor");
    }
    expect(ends).toEqual(new Array(20).fill("reset"));
  });

  it("ends at the target when the visitor leaves before the target accepted", async () => {
    const { where } = await serveTarget((socket) => socket.resume());
    const { inlet, outlet } = await startPortal(await startChain({ conditions: { delayMs: 5 } }), where);
    const visitor = visit(inlet.where);
    await soon(new Promise((resolve) => visitor.once("connect", resolve)), "connecting");
    visitor.resetAndDestroy();
    await until(() => inlet.streams === 0, "the end of the stream");
    await until(() => outlet.streams === 0, "the end of the stream at the outlet");
  });

  it("holds no more than its window for a visitor that never reads [portal-slow-reader]", async () => {
    let written = 0;
    const { where } = await serveTarget((socket) => {
      const write = (): void => {
        while (socket.write(Buffer.alloc(65_536))) written += 65_536;
      };
      socket.on("drain", write);
      write();
    });
    const maxWindowBytes = 1_048_576;
    const settings = { inlet: { maxWindowBytes }, outlet: { maxWindowBytes } };
    const { inlet } = await startPortal(await startChain(), where, settings);
    const visitor = visit(inlet.where);
    visitor.pause();
    let before = -1;
    while (written > before) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    // The window, what waits unsent at the outlet, and the sockets' own buffers in the kernel.
    expect(written).toBeLessThan(40_000_000);
    expect(inlet.streams).toBe(1);
  });
});
