import { describe, expect, it } from "vitest";
import { longTestMs } from "../harness/limits.js";
import { hasProc } from "../harness/processes.js";
import { formatReport } from "./report.js";
import { runHistory } from "./run-history.js";
import { planStream } from "./stream-plan.js";

describe("a history of random streams and faults", () => {
  it.runIf(hasProc)(
    "has no stream that was changed, cut short in silence, hung or lost without a cause, and nothing grows [history-short]",
    async () => {
      const report = await runHistory({
        seed: 7,
        minutes: 0.15,
        clients: 8,
        warmUpMs: 2_000,
        // For long runs are left: faults after which an outlet may wait a minute for an inlet that has another way back; and resets by
        // visitors and by the target, because nodes take one that arrives together with bytes for an end.
        plan: (...which) => ({ ...planStream(...which), quit: undefined }),
        choice: {
          kinds: ["silent cut", "stall", "node stopped"],
          longestMs: 1_500,
          longestGapMs: 500,
        },
      });
      expect(report.violations, formatReport(report)).toEqual([]);
      expect(report.faults.length).toBeGreaterThan(1);
      expect(report.outcomes.exact).toBeDefined();
    },
    2 * longTestMs,
  );
});
