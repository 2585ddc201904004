import { describe, expect, it } from "vitest";
import { longTestMs } from "../harness/limits.js";
import { hasProc } from "../harness/processes.js";
import { formatReport } from "./report.js";
import { runHistory } from "./run-history.js";

describe("a history of random streams and faults", () => {
  it.runIf(hasProc)(
    "has no stream that was changed, cut short in silence, hung or lost without a cause, and nothing grows [history-short]",
    async () => {
      const report = await runHistory({
        seed: 7,
        minutes: 0.15,
        clients: 8,
        warmUpMs: 2_000,
        choice: {
          kinds: ["silent cut", "stall", "node stopped", "connection reset", "relay killed"],
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
