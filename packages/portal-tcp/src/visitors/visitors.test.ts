import { createServer } from "node:net";
import { createAcceptor, defaultAcceptorLimits } from "@x/stream/inner";
import { afterEach, describe, expect, it } from "vitest";
import { startInlet } from "../inlet.js";
import { WatchingEnd } from "../target/watching-end.js";
import { startChain, startPortal } from "../testing/chains.js";
import { afterTest, cleanUp } from "../testing/cleanups.js";
import { readToEnd, serveEcho, serveTarget, until, visit } from "../testing/sockets.js";
import type { VisitorReport } from "./visitor-report.js";

afterEach(cleanUp);

/** A place where a server can be started and stopped. */
async function place(): Promise<{ where: string; open(): Promise<void>; close(): Promise<void> }> {
  const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  const open = (port: number): Promise<void> =>
    new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  await open(0);
  const { port } = server.address() as { port: number };
  await close();
  afterTest(() => close());
  return { where: `127.0.0.1:${port}`, open: () => open(port), close };
}

const anId = expect.stringMatching(/^[0-9a-f]{32}$/);

describe("the reports on visitors", () => {
  it.each(["direct", "one relay"] as const)("tell the same of a visitor at both ends: %s", async (kind) => {
    const at = { inlet: [] as VisitorReport[], outlet: [] as VisitorReport[] };
    const where = await serveEcho();
    const { inlet, outlet } = await startPortal(await startChain({ kind }), where, {
      inlet: { onVisitor: (report) => at.inlet.push(report) },
      outlet: { onVisitor: (report) => at.outlet.push(report) },
    });
    const visitor = visit(inlet.where);
    visitor.end("hello");
    await readToEnd(visitor);
    await until(() => at.inlet.length === 2 && at.outlet.length === 2, "the reports");
    const [opened, ended] = at.inlet;
    expect(opened).toEqual({ type: "opened", id: anId, from: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
    expect(ended).toEqual({
      ...opened,
      type: "ended",
      bytesToTarget: 5,
      bytesToVisitor: 5,
      durationMs: expect.any(Number),
      error: undefined,
    });
    expect(at.outlet).toEqual([opened, { ...ended, durationMs: expect.any(Number) }]);
    const traffic = { visitors: 1, refused: 0, failed: 0, bytesToTarget: 5, bytesToVisitor: 5 };
    expect([inlet.traffic, outlet.traffic]).toEqual([traffic, traffic]);
  });

  it("count what those carry who are still there, and end with the portal", async () => {
    const reports: VisitorReport[] = [];
    const where = await serveEcho();
    const { inlet } = await startPortal(await startChain(), where, {
      inlet: { onVisitor: (report) => reports.push(report) },
    });
    visit(inlet.where)
      .on("error", () => {})
      .write("hello");
    await until(() => inlet.traffic.bytesToVisitor === 5, "the echo");
    expect(reports).toMatchObject([{ type: "opened" }]);
    await inlet.close();
    expect(reports[1]).toMatchObject({ type: "ended", bytesToVisitor: 5, error: { code: "ABORTED" } });
    expect(reports).toHaveLength(2);
  });

  it("tell of visitors that were turned away, at either end", async () => {
    const at = { inlet: [] as VisitorReport[], outlet: [] as VisitorReport[] };
    const { where } = await serveTarget((socket) => socket.pause());
    const { inlet, outlet } = await startPortal(await startChain(), where, {
      inlet: { maxStreams: 2, onVisitor: (report) => at.inlet.push(report) },
      outlet: { maxStreams: 1, onVisitor: (report) => at.outlet.push(report) },
    });
    visit(inlet.where).on("error", () => {});
    await until(() => outlet.streams === 1, "the first visitor");
    await readToEnd(visit(inlet.where));
    await until(() => at.outlet.length === 2 && at.inlet.length === 3, "the refusal at the outlet");
    const [, second, gone] = at.inlet;
    expect(at.outlet[1]).toMatchObject({
      ...second,
      type: "refused",
      error: { code: "STREAM_LIMIT_EXCEEDED" },
    });
    expect(gone).toMatchObject({ ...second, type: "ended", error: { code: "STREAM_LIMIT_EXCEEDED" } });
    expect(outlet.traffic).toMatchObject({ visitors: 1, refused: 1 });
    expect(inlet.traffic).toMatchObject({ visitors: 2, refused: 0, failed: 1 });
  });
});

describe("an acceptor behind a relay", () => {
  it("hears that the opener knows of a reset, and is rid of the stream", async () => {
    const chain = await startChain({ kind: "one relay" });
    const acceptor = createAcceptor(chain.far, {
      address: "streams",
      type: "acceptor",
      limits: defaultAcceptorLimits,
      attach: (stream) => {
        queueMicrotask(() => stream.reset({ code: "TARGET_REFUSED", text: "it refuses" }));
        return new WatchingEnd(stream);
      },
    });
    afterTest(() => acceptor.close({ code: "ABORTED", text: "the test is over" }));
    const inlet = await startInlet(chain.near, {
      listen: "127.0.0.1:0",
      routes: [[...chain.route, acceptor.address]],
    });
    afterTest(() => inlet.close());
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    await until(() => acceptor.streams === 0, "the stream being gone");
  });
});

describe("the state of a portal", () => {
  it("is that of its target once a visitor failed, and again when the target is back, without a visitor", async () => {
    const target = await place();
    const changes: string[] = [];
    const { inlet, outlet } = await startPortal(await startChain({ kind: "one relay" }), target.where, {
      inlet: { onChange: ({ state }) => changes.push(`inlet ${state}`) },
      outlet: { onChange: ({ state }) => changes.push(`outlet ${state}`) },
    });
    changes.length = 0;
    await readToEnd(visit(inlet.where));
    await until(() => inlet.state === "down" && outlet.state === "down", "both being down");
    expect(inlet.lastFailure?.code).toBe("TARGET_REFUSED");
    expect(outlet.lastFailure?.code).toBe("TARGET_REFUSED");
    await until(() => outlet.attempts > 1, "another look at the target");
    await until(() => inlet.streams + outlet.streams === 0, "the visitor being gone");
    await target.open();
    await until(() => inlet.state === "up" && outlet.state === "up", "both being up");
    expect(changes).toEqual(["outlet down", "inlet down", "outlet up", "inlet up"]);
    expect(outlet.attempts).toBe(0);
    const visitor = visit(inlet.where);
    visitor.end("hello");
    expect((await readToEnd(visitor)).how).toBe("ended");
  });

  it("is that of its target without any visitor, where the target is to be looked at", async () => {
    const target = await place();
    await target.open();
    const { outlet } = await startPortal(await startChain(), target.where, {
      outlet: { checkIntervalMs: 20 },
    });
    expect(outlet.state).toBe("up");
    await target.close();
    await until(() => outlet.state === "down", "the target being missed");
    await target.open();
    await until(() => outlet.state === "up", "the target being found");
  });

  it("recovers with the outlet that was started anew while its target was away", async () => {
    const target = await place();
    const chain = await startChain();
    const { inlet, outlet } = await startPortal(chain, target.where);
    await readToEnd(visit(inlet.where));
    await until(() => inlet.state === "down", "the inlet being down");
    await outlet.close();
    const { outlet: next } = await startPortal(chain, await serveEcho());
    await until(() => inlet.state === "up", "the inlet being up");
    expect(next.traffic.visitors).toBe(0);
  });
});
