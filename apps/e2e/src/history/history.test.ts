import { describe, expect, it } from "vitest";
import { longTestMs } from "../harness/limits.js";
import { hasProc } from "../harness/processes.js";
import { runHistory } from "./run-history.js";

describe.runIf(hasProc)("a history of random streams and faults", { timeout: 2 * longTestMs }, () => {
  it("has no stream that was changed, cut short in silence, hung or lost without a cause, and nothing grows [history-short]", async () => {
    const kinds = ["silent cut", "stall", "node stopped", "connection reset", "relay killed"];
    const choice = { kinds, longestMs: 1_500, longestGapMs: 500 };
    const { history, faults } = await runHistory({
      seed: 7,
      minutes: 0.15,
      clients: 8,
      warmUpMs: 2_000,
      choice,
    });
    expect(history.violations).toEqual([]);
    expect(faults.length).toBeGreaterThan(1);
    expect(history.outcomes.get("exact")).toBeGreaterThan(10);
  });
});
