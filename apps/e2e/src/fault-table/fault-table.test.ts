import { describe, expect, it } from "vitest";
import type { Chain } from "../engine/chain.js";
import type { Injection } from "../engine/recovery.js";
import { longTestMs } from "../harness/limits.js";
import { hasProc } from "../harness/processes.js";
import { row } from "./row.js";
import { allRows, violationsOf } from "./table.js";

/** Bars are held by the program, which has the machine for itself; here others run beside it. */
const slack = 5;

/** Injects the faults of rows, and expects nothing to be wrong with that. */
async function expectPass(ids: readonly string[], times = 1): Promise<void> {
  for (const id of ids) {
    const found = allRows.find((each) => each.id === id);
    const injections: Injection[] = [];
    if (found?.missing === undefined) await found?.run(times, (injection) => injections.push(injection));
    const { detectMs = Infinity, recoverMs = Infinity } = found?.bars ?? {};
    const bars = { detectMs: slack * detectMs, recoverMs: slack * recoverMs };
    expect(violationsOf({ ...{ id, fault: "" }, ...found, bars, injections })).toEqual([]);
  }
}

describe.runIf(hasProc)("a transfer through a relay", { timeout: longTestMs }, () => {
  it("finishes byte-exact after the relay was killed and started again [portal-relay-restart] [tcp-reconnect] [relay-heal]", () =>
    expectPass(["relay-killed"]));

  it("finishes byte-exact after a connection was reset, again and again [portal-relay-restart]", () =>
    expectPass(["private-reset"], 3));

  it("finishes byte-exact after the network was cut without a word and came back [portal-path-cut] [tcp-dead-peer]", () =>
    expectPass(["relay-cut"]));

  it("finishes when a node is stopped for a while and goes on [portal-path-cut]", () =>
    expectPass(["nap"], 3));

  it("is reset, never cut short, when its other end is killed and started again [portal-end-restart] [relay-owner]", () =>
    expectPass(["private-killed"]));

  it("finishes when a node is asked to end, or is reset visibly [node-drain]", () =>
    expectPass(["sigterm-drains", "sigterm-resets"], 2));

  it("finishes when the relay's node is asked to end and started again [node-drain] [portal-relay-restart]", () =>
    expectPass(["sigterm-relay"]));

  it("goes on when clocks jump an hour ahead and back [node-clock-jump]", () =>
    expectPass(["clock-jump"], 2));

  it("goes on when the disk is full, and all is restored once there is room [node-disk-full]", () =>
    expectPass(["disk-full"]));
});

describe.runIf(hasProc)("the nodes of a portal", { timeout: longTestMs }, () => {
  it("serve again after all were killed and started, in one order and another, with no other command [node-cold-start]", () =>
    expectPass(["cold-start"], 2));

  it("come back although a stranger had the port of one, or the state of one was corrupt [node-port-stolen]", () =>
    expectPass(["port-stolen", "state-corrupt"]));

  it("close the client's socket at once when the target refuses or dies, and tell why [portal-target-fails] [portal-reset] [refusal-precise]", () =>
    expectPass(["target-refuses", "target-killed"]));

  it("serve others while a target is silent, or its name slow to resolve [portal-target-fails]", () =>
    expectPass(["target-silent", "target-slow-name"]));

  it("forget visitors who leave early or reset, and hear a server that speaks first [portal-reset] [portal-server-first]", () =>
    expectPass(["client-leaves", "client-resets"]));

  it("hold up a sender whose reader never reads, and nobody else [portal-slow-reader] [pressure-own-producer] [pressure-nobody-else]", () =>
    expectPass(["reader-never-reads"]));

  it("let a client end first, and carry a thousand idle streams that wake all at once [portal-half-close] [portal-idle] [portal-concurrent]", () =>
    expectPass(["client-half-closes", "idle-1000"]));

  it("refuse a stranger who claims a relay's name or takes a port [relay-stranger]", () =>
    expectPass(["name-claimed", "port-taken"]));

  it("outlive hostile bytes on listeners and inlets [tcp-hostile-bytes]", () =>
    expectPass(["hostile-tcp", "hostile-udp", "hostile-inlet"]));

  it("end a route that loops or has 1,000 hops, and name what is not there [delivery-loop] [refusal-too-long] [refusal-unknown] [refusal-precise]", () =>
    expectPass(["route-loop", "route-1000-hops", "unknown-worker", "unknown-outlet"]));
});

const good: Injection = { detectMs: 100, recoverMs: 200, lostBytes: 0 };

describe("violationsOf()", () => {
  const text = { id: "made-up", fault: "a fault", bars: { detectMs: 100, recoverMs: 200 } };

  it("finds nothing where every injection is within the bars, or none can be", () => {
    expect(violationsOf({ ...text, injections: [good, good] })).toEqual([]);
    expect(violationsOf({ ...text, injections: [], missing: "it takes root" })).toEqual([]);
    expect(violationsOf({ ...text, injections: [] })).toHaveLength(1);
  });

  it.each<readonly [string, Injection, RegExp]>([
    ["a lost byte", { ...good, lostBytes: 1 }, /1 bytes lost/],
    ["a late detection", { ...good, detectMs: 101 }, /detected after 101 ms/],
    ["service that never came back", { ...good, recoverMs: Infinity }, /recovered after Infinity/],
    ["a time that was not measured", { detectMs: 1, lostBytes: 0 }, /recovered after undefined/],
    ["an injection that failed", { lostBytes: 0, failure: "planted" }, /planted/],
  ])("finds %s", (_what, bad, words) => {
    expect(violationsOf({ ...text, injections: [good, bad] })).toEqual([expect.stringMatching(words)]);
  });
});

describe("row()", () => {
  /** Runs a made-up row, and gives what it told. */
  const run = async (inject: () => Promise<Injection>, checkHealth = async (): Promise<void> => {}) => {
    const told: Injection[] = [];
    const chain = { checkHealth } as unknown as Chain;
    const made = row({ id: "x", fault: "x", bars: {}, open: async () => ({ chain }), inject });
    await made.run(2, (injection) => told.push(injection));
    return told.map(({ failure = "good" }) => failure);
  };

  it("tells what failed, goes on after it, and tells what was found wrong at the end", async () => {
    const fail = (text: string) => async (): Promise<never> => Promise.reject(new Error(text));
    expect(await run(async () => good)).toEqual(["good", "good"]);
    expect(await run(fail("planted"))).toEqual(["planted", "planted"]);
    expect(await run(async () => good, fail("sockets left"))).toEqual(["good", "good", "sockets left"]);
  });
});
