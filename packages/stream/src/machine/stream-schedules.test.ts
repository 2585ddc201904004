import { describe, expect, it } from "vitest";
import { type Outcome, runSchedule } from "../testing/schedule.js";

/** How many schedules to run, and where to begin: `CULVERT_SCHEDULES=10000 CULVERT_SEED=1`. */
const count = Number(process.env.CULVERT_SCHEDULES ?? 300);
const firstSeed = Number(process.env.CULVERT_SEED ?? 1);

/** Seeds of schedules that failed once. */
const failedOnce: readonly number[] = [1, 3, 16, 60, 134, 326, 950];

describe("a stream over a simulated network", () => {
  it(`brings every byte over or says that it did not, in ${count} schedules`, { timeout: 3_600_000 }, () => {
    const failed: Outcome[] = [];
    for (const seed of [...failedOnce, ...Array.from({ length: count }, (_, index) => firstSeed + index)]) {
      const outcome = runSchedule(seed);
      if (outcome.fault !== undefined) failed.push(outcome);
      if (failed.length >= 10) break;
    }
    expect(failed).toEqual([]);
  });
});
