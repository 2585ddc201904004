import { describe, expect, it } from "vitest";
import { hasProc } from "../harness/processes.js";
import { allRows } from "./all-rows.js";
import { violationsOf } from "./results.js";
import type { Injection } from "./row.js";

/** Longest run of one row here, in milliseconds. */
const rowTestMs = 90_000;

/** Injects the fault of a row, and gives what is wrong with that. */
async function inject(id: string, times = 1): Promise<readonly string[]> {
  const row = allRows.find((each) => each.id === id);
  if (row === undefined) throw new Error(`There is no row ${id}`);
  if (row.missing() !== undefined) return [];
  const injections: Injection[] = [];
  await row.run(times, (injection) => injections.push(injection));
  const { fault, detected, recovered, bars } = row;
  return violationsOf({ id, fault, detected, recovered, bars, injections, seconds: 0 });
}

/** Those rows of the table of faults that no other test covers, as briefly as they can be. */
describe.skipIf(!hasProc)("the nodes of a portal", () => {
  it(
    "serve again after all were killed and started, in one order and another, with no other command [node-cold-start]",
    async () => expect(await inject("cold-start", 2)).toEqual([]),
    rowTestMs,
  );

  it(
    "go on when their clocks jump an hour ahead and back [node-clock-jump]",
    async () => expect(await inject("clock-jump", 2)).toEqual([]),
    rowTestMs,
  );

  it(
    "go on when the disk is full, and restore all once there is room [node-disk-full]",
    async () => expect(await inject("disk-full")).toEqual([]),
    rowTestMs,
  );

  it(
    "come back although a stranger had the port of one for a while [node-port-stolen]",
    async () => expect(await inject("port-stolen")).toEqual([]),
    rowTestMs,
  );

  it(
    "carry a thousand idle streams, and wake them all [portal-idle]",
    async () => expect(await inject("idle-1000")).toEqual([]),
    rowTestMs,
  );
});

describe("the table of faults", () => {
  it("has rows with ids of their own", () => {
    expect(new Set(allRows.map(({ id }) => id)).size).toBe(allRows.length);
  });
});
