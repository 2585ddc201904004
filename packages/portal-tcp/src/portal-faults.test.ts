import { createServer, type Socket } from "node:net";
import { createNode } from "@x/routing";
import { memory } from "@x/transport-memory";
import { afterEach, describe, expect, it } from "vitest";
import { startInlet } from "./inlet.js";
import type { Inlet, InletOptions } from "./inlet-options.js";
import { startOutlet } from "./outlet.js";
import { type Chain, startChain, startPortal } from "./testing/chains.js";
import { afterTest, cleanUp } from "./testing/cleanups.js";
import {
  firstText,
  readToEnd,
  serveEcho,
  serveTarget,
  someBytes,
  soon,
  until,
  visit,
} from "./testing/sockets.js";

afterEach(cleanUp);

/** A port that nobody listens on. */
async function unusedPlace(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

/** An inlet whose route is good, and whose outlet is not there. */
async function startLoneInlet(options: Partial<InletOptions> = {}): Promise<{ chain: Chain; inlet: Inlet }> {
  const chain = await startChain();
  const routes = [[...chain.route, "outlet"]];
  const inlet = await startInlet(chain.near, { listen: "127.0.0.1:0", routes, ...options });
  afterTest(() => inlet.close());
  return { chain, inlet };
}

describe("a portal whose target cannot be reached", () => {
  it("resets the visitor at once when the target refuses, and says why at both ends", async () => {
    const place = await unusedPlace();
    const { inlet, outlet } = await startPortal(await startChain(), place);
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    expect(inlet.lastFailure?.code).toBe("TARGET_REFUSED");
    expect(inlet.lastFailure?.message).toContain(place);
    expect(outlet.lastFailure?.code).toBe("TARGET_REFUSED");
  });

  it("resets the visitor when the target's name does not resolve", async () => {
    const { inlet } = await startPortal(await startChain(), "no-such-host.invalid:80");
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    expect(inlet.lastFailure?.code).toBe("TARGET_UNRESOLVED");
  });

  it("resets the visitor when the target does not accept in time", async () => {
    // A full backlog: the platform accepts one connection, and drops what exceeds it in silence.
    const { where, server } = await serveTarget((socket) => socket.pause());
    server.close();
    const { inlet } = await startPortal(await startChain(), where.replace("127.0.0.1", "192.0.2.1"), {
      outlet: { connectTimeoutMs: 50 },
    });
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    expect(inlet.lastFailure?.code).toMatch(/^TARGET_(TIMED_OUT|UNREACHABLE|REFUSED)$/);
  });
});

describe("a portal whose outlet is missing", () => {
  it("turns visitors away at once and names the hop", async () => {
    const { inlet } = await startLoneInlet();
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    expect(inlet.state).toBe("down");
    expect(inlet.lastFailure).toMatchObject({ code: "WORKER_NOT_FOUND", hop: "outlet" });
  });

  it("lets a visitor wait for it, and serves it when it comes", async () => {
    const { chain, inlet } = await startLoneInlet({ connectionWaitMs: 10_000 });
    await until(() => inlet.lastFailure !== undefined, "the route going down");
    const visitor = visit(inlet.where);
    visitor.end("patience");
    const ending = readToEnd(visitor);
    const outlet = startOutlet(chain.far, { target: await serveEcho() });
    afterTest(() => outlet.close());
    expect(await ending).toEqual({ how: "ended", bytes: Buffer.from("patience") });
  });

  it("turns a visitor away when its wait is over", async () => {
    const { inlet } = await startLoneInlet({ connectionWaitMs: 100 });
    await until(() => inlet.lastFailure !== undefined, "the route going down");
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    await until(() => inlet.streams === 0, "the end of the stream");
  });

  it("resets the visitor's stream when the outlet is started anew", async () => {
    const chain = await startChain();
    const target = await serveEcho();
    const { inlet, outlet } = await startPortal(chain, target, { inlet: { keepAliveMs: 200 } });
    const visitor = visit(inlet.where);
    visitor.write("x");
    await firstText(visitor);
    const ending = readToEnd(visitor);
    await outlet.close();
    const again = startOutlet(chain.far, { target });
    afterTest(() => again.close());
    expect((await ending).how).toBe("reset");
  });

  it("lets a visitor that keeps its direction open wait for a route, too", async () => {
    const { chain, inlet } = await startLoneInlet({ connectionWaitMs: 10_000 });
    await until(() => inlet.lastFailure !== undefined, "the route going down");
    const visitor = visit(inlet.where);
    visitor.write("hello");
    await until(() => inlet.streams === 1, "the visitor coming in");
    const outlet = startOutlet(chain.far, { target: await serveEcho() });
    afterTest(() => outlet.close());
    expect(await firstText(visitor)).toBe("hello");
  });

  it("takes a spare route [portal-spare-route]", async () => {
    const chain = await startChain();
    const outlet = startOutlet(chain.far, { target: await serveEcho() });
    afterTest(() => outlet.close());
    const routes = [
      ["nobody", "outlet"],
      [...chain.route, "outlet"],
    ];
    const inlet = await startInlet(chain.near, { listen: "127.0.0.1:0", routes });
    afterTest(() => inlet.close());
    const visitor = visit(inlet.where);
    visitor.end("hello");
    expect((await readToEnd(visitor)).bytes.toString()).toBe("hello");
    expect(inlet.activeRoute).toEqual(routes[1]);
    expect(inlet.state).toBe("up");
  });
});

describe("a transfer through a portal", () => {
  it.each(["direct", "one relay", "two relays"] as const)(
    "goes on after its connections broke: %s",
    async (kind) => {
      const chain = await startChain({ kind, conditions: { bytesPerSecond: 40_000_000 } });
      const { inlet } = await startPortal(chain, await serveEcho());
      const visitor = visit(inlet.where);
      const bytes = someBytes(8_000_000);
      visitor.end(bytes);
      const ending = readToEnd(visitor);
      // A stream that the outlet never answered is none that could go on.
      await until(() => visitor.bytesRead > 0, "the first bytes");
      for (let breaks = 0; breaks < 3; breaks++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        for (const link of chain.network.links()) link.break();
      }
      const { how, bytes: back } = await ending;
      expect(how).toBe("ended");
      expect(back.equals(bytes)).toBe(true);
    },
  );

  it("goes on after its path was silent", async () => {
    const chain = await startChain({ conditions: { bytesPerSecond: 40_000_000 } });
    const { inlet } = await startPortal(chain, await serveEcho());
    const visitor = visit(inlet.where);
    const bytes = someBytes(4_000_000);
    visitor.end(bytes);
    const ending = readToEnd(visitor);
    await soon(new Promise((resolve) => visitor.once("data", resolve)), "the first bytes");
    for (const link of chain.network.links()) link.cut(300);
    const { how, bytes: back } = await ending;
    expect(how).toBe("ended");
    expect(back.equals(bytes)).toBe(true);
  });

  it("is complete over a wire that loses, doubles and reorders, and carries small frames only", async () => {
    const chain = await startChain({
      conditions: { delayMs: 1, jitterMs: 1, lossRate: 0.02, duplicateRate: 0.02, reorderRate: 0.05 },
      transport: { reliable: false, ordered: false, maxFrameBytes: 9_000 },
    });
    const { inlet } = await startPortal(chain, await serveEcho());
    const visitor = visit(inlet.where);
    const bytes = someBytes(1_000_000);
    visitor.end(bytes);
    const { how, bytes: back } = await readToEnd(visitor);
    expect(how).toBe("ended");
    expect(back.equals(bytes)).toBe(true);
  });

  it("resets both sockets when the path does not come back in time", async () => {
    const chain = await startChain();
    const { where, server } = await serveTarget((socket) => socket.write("x"));
    const short = { resumeTimeoutMs: 300 };
    const { inlet } = await startPortal(chain, where, { inlet: short, outlet: short });
    const target = new Promise<string>((resolve) => {
      server.once("connection", (socket) => void readToEnd(socket).then(({ how }) => resolve(how)));
    });
    const visitor = visit(inlet.where);
    await firstText(visitor);
    const ending = readToEnd(visitor);
    await chain.connection.close();
    expect((await ending).how).toBe("reset");
    expect(await soon(target, "the target's reset")).toBe("reset");
    expect(inlet.lastFailure?.code).toBe("STREAM_LOST");
  });
});

describe("an inlet", () => {
  it("starts while its route is down, says so, and heals [portal-late]", async () => {
    const wires = memory();
    const [near, far] = [createNode({ transports: [wires] }), createNode({ transports: [wires] })];
    afterTest(() => near.close());
    afterTest(() => far.close());
    const { worker } = await near.connect("memory#late", { wait: false });
    const inlet = await startInlet(near, { listen: "127.0.0.1:0", routes: [[worker, "outlet"]] });
    afterTest(() => inlet.close());
    expect(inlet.state).toBe("down");
    await until(() => inlet.lastFailure?.code === "CONNECTION_DOWN", "the failure being known");
    await far.listen("memory#late");
    const outlet = startOutlet(far, { target: await serveEcho() });
    afterTest(() => outlet.close());
    await until(() => inlet.state === "up", "healing");
    const visitor = visit(inlet.where);
    visitor.end("hello");
    expect((await readToEnd(visitor)).bytes.toString()).toBe("hello");
  });

  it("turns away visitors beyond its limit", async () => {
    const { inlet } = await startPortal(await startChain(), await serveEcho(), { inlet: { maxStreams: 1 } });
    const first = visit(inlet.where);
    first.write("x");
    await firstText(first);
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    expect(inlet.lastFailure?.code).toBe("STREAM_LIMIT_EXCEEDED");
  });

  it("turns away visitors for whom its node has no room, and tells of it", async () => {
    const told: string[] = [];
    const { inlet } = await startPortal(await startChain(), await serveEcho(), {
      inlet: {
        refusal: () => "the node is full",
        onVisitor: (report) => report.type === "refused" && told.push(report.error.message),
      },
    });
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    expect(told).toEqual(["Cannot take visitor: the node is full"]);
  });

  it("turns away visitors that are not allowed", async () => {
    const allow = ["10.0.0.0/8", "::1"];
    const { inlet } = await startPortal(await startChain(), await serveEcho(), { inlet: { allow } });
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    expect(inlet.lastFailure?.code).toBe("VISITOR_REFUSED");
  });

  it("resets a stream that carries nothing for too long", async () => {
    const { inlet } = await startPortal(await startChain(), await serveEcho(), {
      inlet: { idleTimeoutMs: 100 },
    });
    const visitor = visit(inlet.where);
    expect((await readToEnd(visitor)).how).toBe("reset");
    await until(() => inlet.streams === 0, "the end of the stream");
  });

  it("refuses a place that is taken", async () => {
    const chain = await startChain();
    const listen = await serveEcho();
    const starting = startInlet(chain.near, { listen, routes: [[...chain.route, "outlet"]] });
    await expect(starting).rejects.toMatchObject({ code: "LISTEN_ADDRESS_TAKEN" });
  });

  it("closes twice, resets its streams and listens no longer", async () => {
    const { inlet, outlet } = await startPortal(await startChain(), await serveEcho());
    const visitor = visit(inlet.where);
    visitor.write("x");
    await firstText(visitor);
    const ending = readToEnd(visitor);
    await Promise.all([inlet.close(), inlet.close()]);
    expect((await ending).how).toBe("reset");
    await until(() => outlet.streams === 0, "the end of the stream at the outlet");
    expect((await readToEnd(visit(inlet.where))).how).toBe("closed");
  });
});

describe("an outlet", () => {
  it("refuses streams beyond its limit", async () => {
    const { inlet } = await startPortal(await startChain(), await serveEcho(), { outlet: { maxStreams: 1 } });
    const first = visit(inlet.where);
    first.write("x");
    await firstText(first);
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    expect(inlet.lastFailure?.code).toBe("STREAM_LIMIT_EXCEEDED");
  });

  it("refuses streams beyond its limit of targets that have not accepted", async () => {
    // Nothing answers there: the address is for documentation. Where it is answered all the same, it is refused.
    const told: string[] = [];
    const { inlet } = await startPortal(await startChain(), "192.0.2.1:9", {
      outlet: {
        maxConnecting: 0,
        onVisitor: (report) => report.type === "refused" && told.push(report.error.code),
      },
    });
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    expect(inlet.lastFailure?.message).toContain("which is its limit");
    expect(told).toEqual(["STREAM_LIMIT_EXCEEDED"]);
  });

  it("refuses streams for which its node has no room", async () => {
    const outlet = { refusal: () => "the node is full" };
    const { inlet } = await startPortal(await startChain(), await serveEcho(), { outlet });
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    expect(inlet.lastFailure).toMatchObject({ code: "STREAM_LIMIT_EXCEEDED", message: "the node is full" });
  });

  it("lets a stream of the peer that has most give way where its node has no room", async () => {
    const chain = await startChain();
    let places = () => 4;
    const { inlet: hog, outlet } = await startPortal(chain, await serveEcho(), {
      outlet: { refusal: () => (places() > 0 ? undefined : "the node is full") },
    });
    places = () => 4 - outlet.streams;
    const open = async (inlet: Inlet): Promise<Socket> => {
      const visitor = visit(inlet.where);
      visitor.write("x");
      await firstText(visitor);
      return visitor;
    };
    const hogs: Socket[] = [];
    for (let i = 0; i < 4; i++) hogs.push(await open(hog));
    expect((await readToEnd(visit(hog.where))).how).toBe("reset");
    const other = createNode({ transports: [memory({ network: chain.network })] });
    afterTest(() => other.close());
    const { worker } = await other.connect("memory#far");
    const honest = await startInlet(other, { listen: "127.0.0.1:0", routes: [[worker, outlet.address]] });
    afterTest(() => honest.close());
    for (let i = 0; i < 2; i++) await open(honest);
    expect(outlet.streams).toBe(4);
    await until(() => hogs.filter(({ closed }) => closed).length === 2, "the hog's visitors that gave way");
  });

  it("tells its target about the visitor", async () => {
    const { where } = await serveTarget((socket) => socket.pipe(socket));
    const { inlet } = await startPortal(await startChain(), where, { outlet: { proxyProtocol: "v1" } });
    const visitor = visit(inlet.where);
    visitor.end("hello");
    const { bytes } = await readToEnd(visitor);
    const [, port] = inlet.where.split(":");
    expect(bytes.toString()).toMatch(new RegExp(`^PROXY TCP4 127.0.0.1 127.0.0.1 \\d+ ${port}\r\nhello$`));
  });
});

describe("a target that answers early and closes, with the upload unread", () => {
  it("has its whole answer carried to the visitor, as over a direct connection", async () => {
    const answer = someBytes(20_000);
    const { where } = await serveTarget((socket) => {
      // Read a little, so that the system finds the rest unread when the socket closes, and resets.
      socket.once("data", () => {
        socket.pause();
        setTimeout(() => socket.write(answer, () => socket.destroy()), 5);
      });
    });
    const { inlet } = await startPortal(await startChain(), where);
    for (let round = 0; round < 20; round++) {
      const visitor = visit(inlet.where);
      const upload = Buffer.alloc(100_000, "u");
      for (let part = 0; part < 50; part++) visitor.write(upload);
      const { bytes } = await readToEnd(visitor);
      expect(Buffer.compare(bytes, answer)).toBe(0);
    }
  });
});
