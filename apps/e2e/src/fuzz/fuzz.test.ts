import { describe, expect, it } from "vitest";
import { longTestMs } from "../harness/limits.js";
import { hasProc } from "../harness/processes.js";
import { runFuzz } from "./run-fuzz.js";

describe.runIf(hasProc)("a node", { timeout: longTestMs }, () => {
  it("outlives a few thousand mutated frames at every entrance [tcp-hostile-bytes]", async () => {
    const { assaults, violations } = await runFuzz({ frames: 3_000, seed: 7 });
    expect(violations).toEqual([]);
    const planned = [3_000, 3_000, 150, 3_000, 150];
    for (const [index, { sent }] of assaults.entries())
      expect(sent).toBeGreaterThanOrEqual(planned[index] ?? Infinity);
  });
});
