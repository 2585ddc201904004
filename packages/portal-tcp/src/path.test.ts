import { describe, expect, it, onTestFinished } from "vitest";
import { Path } from "./path.js";
import type { PathOwner } from "./path-owner.js";
import { ReturnPaths } from "./return-paths.js";
import { Wakeups } from "./wakeups.js";

/** An owner on a node that knows no first hop, as after a connection closed while its last messages were handled. */
function lonelyOwner(): { owner: PathOwner; told: Path[]; watched: Set<string> } {
  const told: Path[] = [];
  const watched = new Set<string>();
  const wakeups = new Wakeups();
  onTestFinished(() => wakeups.close());
  const owner: PathOwner = {
    wakeups,
    isOutlet: true,
    pingTimeoutMs: 1_000,
    retryWaitMs: 1_000,
    asksWhenIdle: false,
    random: () => 0,
    send: () => undefined,
    watch: (address, listener) => {
      watched.add(address);
      listener("gone");
      return () => watched.delete(address);
    },
    holdHop: () => ({}) as ReturnType<PathOwner["holdHop"]>,
    releaseHop: () => {},
    onProbe: () => {},
    onProbeOver: () => {},
    onPathUp: () => {},
    onPathDown: (path) => {
      told.push(path);
      path.close();
    },
  };
  return { owner, told, watched };
}

describe("a path whose first hop is gone when it begins", () => {
  it("is down, tells its owner nothing before the owner has it, and leaves no watch behind", () => {
    const { owner, told, watched } = lonelyOwner();
    const path = new Path(["gone", "inlet"], owner);
    expect(path.state).toBe("down");
    expect(path.failure).toMatchObject({ code: "WORKER_NOT_FOUND", hop: "gone" });
    expect(told).toEqual([]);
    path.close();
    expect(watched.size).toBe(0);
  });

  it("is forgotten by an outlet with its last stream", () => {
    const { owner, watched } = lonelyOwner();
    const paths = new ReturnPaths(owner);
    const path = paths.by(["gone", "inlet"]);
    expect(paths.by(["gone", "inlet"])).toBe(path);
    paths.left(path);
    expect(watched.size).toBe(0);
    expect(paths.by(["gone", "inlet"])).not.toBe(path);
  });
});
