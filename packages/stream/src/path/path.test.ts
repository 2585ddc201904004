import type { Origin } from "@x/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { FirstHops } from "../resources/first-hops.js";
import { Wakeups } from "../resources/wakeups.js";
import { Path, type PathContext, type PathUser } from "./path.js";
import { ReturnPaths } from "./return-paths.js";

const stranger: Origin = { arrivedBy: "gone", isOwn: false, fact: () => undefined };

/** Those who own paths on a node that knows no first hop, as after a connection closed while its last messages were handled. */
function lonely(): { context: PathContext<PathUser>; told: Path<PathUser>[]; watched: Set<string> } {
  const told: Path<PathUser>[] = [];
  const watched = new Set<string>();
  const wakeups = new Wakeups();
  onTestFinished(() => wakeups.close());
  const context: PathContext<PathUser> = {
    resources: { wakeups, hops: new FirstHops() },
    probing: { pingTimeoutMs: 1_000, retryWaitMs: 1_000, asksWhenIdle: false },
    isAcceptor: true,
    probes: new Map(),
    send: () => undefined,
    watch: (address, listener) => {
      watched.add(address);
      listener("gone");
      return () => watched.delete(address);
    },
    onPathUp: () => {},
    onPathFailed: (path) => {
      told.push(path);
      path.close();
    },
  };
  return { context, told, watched };
}

describe("a path whose first hop is gone when it begins", () => {
  it("is down, tells its owner nothing before the owner has it, and leaves no watch behind", () => {
    const { context, told, watched } = lonely();
    const path = new Path(["gone", "opener"], context);
    expect(path.state).toBe("down");
    expect(path.failure).toMatchObject({ code: "WORKER_NOT_FOUND", hop: "gone" });
    expect(told).toEqual([]);
    path.close();
    expect(watched.size).toBe(0);
    expect(context.probes.size).toBe(0);
    expect(context.resources.wakeups.planned).toBe(0);
  });

  it("is forgotten by an acceptor with its last stream", () => {
    const { context, watched } = lonely();
    const paths = new ReturnPaths(context);
    const path = paths.by(["gone", "opener"], stranger);
    expect(paths.by(["gone", "opener"], stranger)).toBe(path);
    paths.left(path);
    expect(watched.size).toBe(0);
    expect(paths.by(["gone", "opener"], stranger)).not.toBe(path);
  });
});

describe("Path.send()", () => {
  it("returns what it was lent when the node does not take the message", () => {
    const { context } = lonely();
    const path = new Path(["gone", "opener"], {
      ...context,
      send: () => {
        throw new Error("out of order");
      },
    });
    let released = 0;
    expect(() => path.send(new Uint8Array(1), () => released++)).toThrow("out of order");
    expect(released).toBe(1);
    path.close();
  });
});
