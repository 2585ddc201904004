import { afterEach, describe, expect, it } from "vitest";
import { startInlet } from "./inlet.js";
import { startOutlet } from "./outlet.js";
import { startChain, startPortal } from "./testing/chains.js";
import { afterTest, cleanUp } from "./testing/cleanups.js";
import { firstText, readToEnd, serveEcho, serveTarget, soon, until, visit } from "./testing/sockets.js";

afterEach(cleanUp);

/** A target that says a word first, and then gives back what it gets. */
async function serveWord(word: string): Promise<string> {
  const { where } = await serveTarget((socket) => {
    socket.write(word);
    socket.pipe(socket);
  });
  return where;
}

describe("Outlet.update()", () => {
  it("gives new streams another target, and leaves open ones with the one they have", async () => {
    const { inlet, outlet } = await startPortal(await startChain(), await serveWord("first"));
    const early = visit(inlet.where);
    expect(await firstText(early)).toBe("first");
    const target = await serveWord("second");
    outlet.update({ target });
    expect(outlet.target).toBe(target);
    expect(await firstText(visit(inlet.where))).toBe("second");
    early.end("still there");
    expect(await readToEnd(early)).toEqual({ how: "ended", bytes: Buffer.from("still there") });
  });

  it("asks the new access rule of streams that are open", async () => {
    const { inlet, outlet } = await startPortal(await startChain(), await serveEcho());
    const visitor = visit(inlet.where);
    visitor.write("hello");
    expect(await firstText(visitor)).toBe("hello");
    outlet.update({ target: outlet.target, access: () => false });
    visitor.write("more");
    expect(await readToEnd(visitor)).toMatchObject({ how: "reset" });
  });

  it("is up with a target that is there, where the former was gone", async () => {
    const gone = await serveTarget(() => {});
    gone.server.close();
    const { inlet, outlet } = await startPortal(await startChain(), gone.where);
    expect(await readToEnd(visit(inlet.where))).toMatchObject({ how: "reset" });
    await until(() => outlet.state === "down" && inlet.state === "down", "the end of the target");
    outlet.update({ target: await serveWord("second") });
    await until(() => outlet.state === "up" && inlet.state === "up", "the new target");
    expect(await firstText(visit(inlet.where))).toBe("second");
  });

  it("stays as it is where an option is wrong", async () => {
    const target = await serveWord("first");
    const { inlet, outlet } = await startPortal(await startChain(), target);
    expect(() => outlet.update({ target: "nowhere" })).toThrow();
    expect(() => outlet.update({ target: "127.0.0.1:1", connectTimeoutMs: -1 })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
    expect(outlet.target).toBe(target);
    expect(await firstText(visit(inlet.where))).toBe("first");
  });
});

describe("Inlet.update()", () => {
  it("leads new visitors along other routes, and tells when those of the former are gone", async () => {
    const chain = await startChain();
    const { inlet } = await startPortal(chain, await serveWord("first"));
    const other = startOutlet(chain.far, { target: await serveWord("second"), address: "other" });
    afterTest(() => other.close());
    const early = visit(inlet.where);
    expect(await firstText(early)).toBe("first");
    let hasLeft = false;
    const left = new Promise<void>((resolve) => {
      inlet.update({ routes: [[...chain.route, "other"]] }, resolve);
    }).then(() => {
      hasLeft = true;
    });
    expect(await firstText(visit(inlet.where))).toBe("second");
    expect({ hasLeft, streams: inlet.streams }).toEqual({ hasLeft: false, streams: 2 });
    early.end("still there");
    expect(await readToEnd(early)).toEqual({ how: "ended", bytes: Buffer.from("still there") });
    await soon(left, "the end of the former routes");
  });

  it("waits in drain() for streams along former routes", async () => {
    const chain = await startChain();
    const { inlet } = await startPortal(chain, await serveWord("first"));
    const early = visit(inlet.where);
    expect(await firstText(early)).toBe("first");
    inlet.update({ routes: [[...chain.route, "nowhere"]] });
    const drained = inlet.drain(60_000);
    early.end("still there");
    expect(await readToEnd(early)).toEqual({ how: "ended", bytes: Buffer.from("still there") });
    await soon(drained, "the end of the inlet");
  });

  it("tells of the state of the new routes alone", async () => {
    const chain = await startChain();
    const { inlet } = await startPortal(chain, await serveEcho());
    const early = visit(inlet.where);
    early.write("hello");
    expect(await firstText(early)).toBe("hello");
    inlet.update({ routes: [[...chain.route, "nowhere"]] });
    await until(() => inlet.lastFailure?.code === "WORKER_NOT_FOUND", "the failure of the new route");
    expect(inlet.state).toBe("down");
    await inlet.close();
    expect(await readToEnd(early)).toMatchObject({ how: "reset" });
  });

  it("stays as it is where a route is wrong", async () => {
    const { inlet } = await startPortal(await startChain(), await serveWord("first"));
    expect(() => inlet.update({ routes: [] })).toThrow(expect.objectContaining({ code: "ROUTE_INVALID" }));
    expect(await firstText(visit(inlet.where))).toBe("first");
    expect(inlet.state).toBe("up");
  });
});

describe("an inlet with an access rule", () => {
  it("takes a visitor who comes before it has heard from the outlet", async () => {
    const chain = await startChain();
    const outlet = startOutlet(chain.far, { target: await serveWord("welcome") });
    afterTest(() => outlet.close());
    const inlet = await startInlet(chain.near, {
      listen: "127.0.0.1:0",
      routes: [[...chain.route, outlet.address]],
      access: () => true,
      connectionWaitMs: 5000,
    });
    afterTest(() => inlet.close());
    expect(inlet.state).toBe("down");
    expect(await firstText(visit(inlet.where))).toBe("welcome");
  });
});
