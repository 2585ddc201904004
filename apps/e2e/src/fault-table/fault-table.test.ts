import { describe, expect, it } from "vitest";
import type { Chain } from "../engine/chain.js";
import type { Injection } from "../engine/recovery.js";
import { longTestMs } from "../harness/limits.js";
import { hasProc } from "../harness/processes.js";
import { row } from "./row.js";
import { allRows, violationsOf } from "./table.js";

/** Bars are held by the program, which has the machine for itself; here others run beside it. */
const slack = 5;

const tested = allRows.filter(({ proves }) => proves.length > 0);

describe.runIf(hasProc)("nodes, portals and relays", { timeout: longTestMs }, () => {
  // What a row proves counts as cited by its title.
  for (const { id, proves, tries, missing, run, ...text } of tested) {
    it.skipIf(missing !== undefined)(`withstand ${id}: ${text.fault} ${proves}`, async () => {
      const injections: Injection[] = [];
      await run(tries, (injection) => injections.push(injection));
      const { detectMs = Infinity, recoverMs = Infinity } = text.bars;
      const bars = { detectMs: slack * detectMs, recoverMs: slack * recoverMs };
      expect(violationsOf({ ...text, id, bars, injections })).toEqual([]);
    });
  }
});

const good: Injection = { detectMs: 100, recoverMs: 200 };

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
    ["a time that was not measured", { detectMs: 1 }, /recovered after undefined/],
    ["an injection that failed", { failure: "planted" }, /planted/],
  ])("finds %s", (_what, bad, words) => {
    expect(violationsOf({ ...text, injections: [good, bad] })).toEqual([expect.stringMatching(words)]);
  });
});

describe("row()", () => {
  it("tells what failed, goes on after it, and tells what was found wrong at the end", async () => {
    const run = async (inject: () => Promise<Injection>, checkHealth = async (): Promise<void> => {}) => {
      const told: Injection[] = [];
      const chain = { checkHealth } as unknown as Chain;
      const made = row({ id: "x", fault: "x", bars: {}, open: async () => ({ chain }), inject });
      await made.run(2, (injection) => told.push(injection));
      return told.map(({ failure = "good" }) => failure);
    };
    const fail = (text: string) => async (): Promise<never> => Promise.reject(new Error(text));
    expect(await run(async () => good)).toEqual(["good", "good"]);
    expect(await run(fail("planted"))).toEqual(["planted", "planted"]);
    expect(await run(async () => good, fail("sockets left"))).toEqual(["good", "good", "sockets left"]);
  });
});
