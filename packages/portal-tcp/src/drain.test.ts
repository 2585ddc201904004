import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { startInlet } from "./inlet.js";
import { startOutlet } from "./outlet.js";
import { startChain, startPortal } from "./testing/chains.js";
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

/** Far more than any of these tests takes, in milliseconds. */
const longMs = 30_000;

describe.each(["inlet", "outlet"] as const)("drain() of an %s", (end) => {
  it("lets a stream that is open finish, both ways, and closes when it has", async () => {
    const portal = await startPortal(await startChain(), await serveEcho());
    const visitor = visit(portal.inlet.where);
    const bytes = someBytes(20_000_000);
    visitor.write(bytes.subarray(0, 1_000));
    await soon(once(visitor, "readable"), "the first bytes");
    const drained = portal[end].drain(longMs);
    const again = portal[end].drain(0);
    visitor.end(bytes.subarray(1_000));
    const { how, bytes: back } = await readToEnd(visitor);
    expect(how).toBe("ended");
    expect(back.equals(bytes)).toBe(true);
    await soon(Promise.all([drained, again]), "the end of the drain");
    expect(portal[end].streams).toBe(0);
  });

  it("resets a stream that has not finished when the time is over", async () => {
    const portal = await startPortal(await startChain(), await serveEcho());
    const visitor = visit(portal.inlet.where);
    visitor.write("x");
    await firstText(visitor);
    const ending = readToEnd(visitor);
    await portal[end].drain(50);
    expect((await ending).how).toBe("reset");
  });

  it("is over at once when there is nothing to wait for", async () => {
    const portal = await startPortal(await startChain(), await serveEcho());
    await soon(portal[end].drain(longMs), "the end of the drain", 5_000);
  });

  it("ends early, with a reset, when it is closed meanwhile", async () => {
    const portal = await startPortal(await startChain(), await serveEcho());
    const visitor = visit(portal.inlet.where);
    visitor.write("x");
    await firstText(visitor);
    const ending = readToEnd(visitor);
    const drained = portal[end].drain(longMs);
    await portal[end].close();
    await soon(drained, "the end of the drain", 5_000);
    expect((await ending).how).toBe("reset");
  });
});

describe("an inlet that drains", () => {
  it("turns new visitors away at once, at the socket", async () => {
    const { inlet } = await startPortal(await startChain(), await serveEcho());
    const visitor = visit(inlet.where);
    visitor.write("x");
    await firstText(visitor);
    void inlet.drain(longMs);
    const late = visit(inlet.where);
    const [error] = (await soon(once(late, "error"), "a refusal")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
    expect(inlet.streams).toBe(1);
  });

  it("waits for a visitor that reads slowly, also once all its bytes are here", async () => {
    const bytes = someBytes(12_000_000);
    const { where } = await serveTarget((socket) => socket.end(bytes));
    const { inlet, outlet } = await startPortal(await startChain(), where);
    const slow = visit(inlet.where);
    slow.pause();
    slow.end();
    await until(() => outlet.streams === 1, "the stream");
    const drained = inlet.drain(longMs);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const ending = readToEnd(slow);
    slow.resume();
    const { how, bytes: got } = await ending;
    expect(how).toBe("ended");
    expect(got.equals(bytes)).toBe(true);
    await soon(drained, "the end of the drain");
  });
});

describe("an outlet that drains", () => {
  it("refuses new streams with a code that the inlet tells", async () => {
    const { inlet, outlet } = await startPortal(await startChain(), await serveEcho());
    const visitor = visit(inlet.where);
    visitor.write("x");
    await firstText(visitor);
    void outlet.drain(longMs);
    expect((await readToEnd(visit(inlet.where))).how).toBe("reset");
    expect(inlet.lastFailure).toMatchObject({ code: "OUTLET_CLOSING" });
    visitor.write("y");
    expect(await firstText(visitor)).toBe("y");
  });
});

describe("what an inlet tells of itself", () => {
  it("is since when it is up, and down, and how often it looked", async () => {
    const chain = await startChain();
    const before = Date.now();
    const routes = [[...chain.route, "outlet"]];
    const inlet = await startInlet(chain.near, { listen: "127.0.0.1:0", routes });
    afterTest(() => inlet.close());
    await until(() => inlet.attempts > 2, "some attempts");
    expect(inlet.state).toBe("down");
    expect(inlet.since).toBeGreaterThanOrEqual(before);
    expect(inlet.nextAttemptAt).toBeGreaterThanOrEqual(Date.now() - 50);
    const downSince = inlet.since;
    const outlet = startOutlet(chain.far, { target: await serveEcho() });
    afterTest(() => outlet.close());
    await until(() => inlet.state === "up", "the route");
    expect(inlet).toMatchObject({ attempts: 0, nextAttemptAt: undefined });
    expect(inlet.since).toBeGreaterThan(downSince);
  });

  it("is the newest failure, also while it is down for long", async () => {
    const chain = await startChain();
    const routes = [[...chain.route, "outlet"]];
    const inlet = await startInlet(chain.near, { listen: "127.0.0.1:0", routes });
    afterTest(() => inlet.close());
    await until(() => inlet.lastFailure !== undefined, "a failure");
    expect(inlet.lastFailure).toMatchObject({ code: "WORKER_NOT_FOUND", hop: "outlet" });
    await chain.far.close();
    await until(() => inlet.lastFailure?.code === "CONNECTION_DOWN", "a newer failure");
    expect(inlet.state).toBe("down");
  });
});

describe("retryWaitMs", () => {
  /** An inlet whose outlet is missing, with hops so that nothing but looking tells when it comes. */
  async function lookingInlet(retryWaitMs: number) {
    const chain = await startChain();
    const asked: number[] = [];
    // Whatever is sent to this worker counts as a look, and is refused.
    const routes = [[...chain.route, "counter", "outlet"]];
    chain.far.startWorker(
      (message) => {
        asked.push(performance.now());
        void message.forward();
      },
      { address: "counter", exposure: "network" },
    );
    const inlet = await startInlet(chain.near, { listen: "127.0.0.1:0", routes, retryWaitMs });
    afterTest(() => inlet.close());
    return { inlet, asked, chain };
  }

  it("bounds the pauses between looks for an outlet that is down", async () => {
    const { asked } = await lookingInlet(100);
    await until(() => asked.length >= 15, "looks");
    const pauses = asked.slice(1).map((at, index) => at - (asked[index] as number));
    expect(Math.max(...pauses)).toBeLessThan(400);
  });

  it("lets pauses grow beyond the default when it is longer, and a visitor has the inlet look at once", async () => {
    const { inlet, asked, chain } = await lookingInlet(60_000);
    // The pauses double from 50 ms, each at least half as long as it could be.
    await until(() => (inlet.nextAttemptAt ?? 0) - Date.now() > 1_200, "a long pause");
    const before = asked.length;
    const outlet = startOutlet(chain.far, { target: await serveEcho() });
    afterTest(() => outlet.close());
    expect(inlet.state).toBe("down");
    const visitor = visit(inlet.where);
    await until(() => asked.length > before, "a look");
    await soon(
      until(() => inlet.state === "up", "the route"),
      "the route",
      1_000,
    );
    visitor.destroy();
  });
});
