import { createServer, type Socket } from "node:net";
import type { CulvertError } from "@x/core";
import { type Carrier, ChunkPool } from "@x/stream/inner";
import { afterEach, describe, expect, it, vi } from "vitest";
import { startOutlet } from "../outlet.js";
import { startChain, startPortal } from "../testing/chains.js";
import { cleanUp } from "../testing/cleanups.js";
import { firstText, readToEnd, serveTarget, visit } from "../testing/sockets.js";
import { TargetEnd } from "./target-end.js";
import { connectTarget } from "./target-socket.js";

afterEach(cleanUp);

describe("an outlet's target", () => {
  it("is not the outlet itself when nobody listens on a port that the system hands out", async () => {
    // The range of ports from which the system picks one for each dial.
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const taker = { write: () => {}, writeCopy: () => {} };
    const reading = { pool: new ChunkPool(), taker };
    const failures = new Set<string>();
    // Each try may be given just that port; without the guard a few of so many are.
    for (let tries = 0; tries < 2_000; tries++) {
      await new Promise<void>((resolve) => {
        const done = (how: string): void => {
          failures.add(how);
          resolve();
        };
        const onConnected = (socket: Socket): void => {
          socket.destroy();
          done("connected");
        };
        const onFailed = ({ code }: CulvertError): void => done(code);
        connectTarget({ host: "127.0.0.1", port }, { timeoutMs: 1_000, reading, onConnected, onFailed });
      });
    }
    expect([...failures]).toEqual(["TARGET_REFUSED"]);
  });

  it("is reached by whichever address of its name answers, and its first words come once", async () => {
    const { where } = await serveTarget((socket) => socket.end("hello"));
    const port = Number(where.split(":")[1]);
    const { inlet } = await startPortal(await startChain(), `localhost:${port}`);
    const { bytes, how } = await readToEnd(visit(inlet.where));
    expect({ text: bytes.toString(), how }).toEqual({ text: "hello", how: "ended" });
  });

  it.each(["127.0.0.1", "localhost"])("is given up when the stream ends before %s accepts", async (host) => {
    let isClosed = false;
    const stream = { localClosed: () => (isClosed = true), settle: () => {} } as unknown as Carrier;
    const end = new TargetEnd(stream, () => {});
    const { where, server } = await serveTarget((socket) => socket.end());
    const reading = { pool: new ChunkPool(), taker: { write: () => {}, writeCopy: () => {} } };
    const told = vi.fn();
    const options = { timeoutMs: 10_000, reading, onConnected: told, onFailed: told };
    end.dialling(connectTarget({ host, port: Number(where.split(":")[1]) }, options));
    expect(end.canDeliver).toBe(false);
    end.abort({ code: "STREAM_RESET", text: "" });
    expect(isClosed).toBe(true);
    // What was under way is over once another connection came and went.
    await readToEnd(visit(where).end());
    await expect
      .poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count))))
      .toBe(0);
    expect(told).not.toHaveBeenCalled();
  });
});

describe("an inlet on localhost", () => {
  it("listens on all addresses of the name, at one port", async () => {
    const { where } = await serveTarget((socket) => socket.end("hello"));
    const { inlet } = await startPortal(await startChain(), where, { inlet: { listen: "localhost:0" } });
    const port = inlet.where.split(":").at(-1);
    expect(inlet.where).toMatch(/^(localhost|127\.0\.0\.1|\[::1\]):\d+$/);
    const places = inlet.where.startsWith("localhost")
      ? [`127.0.0.1:${port}`, `[::1]:${port}`]
      : [inlet.where];
    for (const place of places) expect(await firstText(visit(place))).toBe("hello");
  });
});

describe("startOutlet()", () => {
  it("refuses the operator's host, which would dial what others say", async () => {
    const chain = await startChain();
    expect(() => startOutlet(chain.far.own, { target: "127.0.0.1:1" })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });
});
