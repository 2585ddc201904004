import { BackOff, CulvertError } from "@x/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defaultNodeLimits } from "../limits.js";
import { Dialler } from "./dialler.js";

/** Counts the attempts of a dialler whose every attempt fails after so many milliseconds. */
function failing(attemptMs: number): { readonly dialler: Dialler; readonly startedAt: number[] } {
  const startedAt: number[] = [];
  const dialler: Dialler = new Dialler({
    dial: async () => {
      startedAt.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, attemptMs));
      throw new CulvertError("CONNECTION_TIMED_OUT", "Cannot connect");
    },
    backOff: new BackOff(1_000, 1_000, () => 0.5),
    now: Date.now,
    onConnection: () => {},
    onFailure: () => dialler.dialLater(),
  });
  return { dialler, startedAt };
}

describe("Dialler", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("counts its delays from the begin of a failed attempt", async () => {
    const { dialler, startedAt } = failing(200);
    dialler.dialNow();
    await vi.advanceTimersByTimeAsync(1_600);
    dialler.stop();
    expect(startedAt.map((time) => time - (startedAt[0] ?? 0))).toEqual([0, 500, 1_000, 1_500]);
  });

  it("dials again at once when the attempt took longer than the delay", async () => {
    const { dialler, startedAt } = failing(10_000);
    dialler.dialNow();
    await vi.advanceTimersByTimeAsync(25_000);
    dialler.stop();
    // A timer of 0 ms takes 1.
    expect(startedAt.map((time) => time - (startedAt[0] ?? 0))).toEqual([0, 10_001, 20_002]);
  });

  it("lets nobody wait for more than 2 s who was away for long", () => {
    const { redialBaseMs, redialCapMs } = defaultNodeLimits;
    const backOff = new BackOff(redialBaseMs, redialCapMs, () => 0.999);
    const delays = Array.from({ length: 40 }, () => backOff.next());
    expect(Math.max(...delays)).toBeLessThanOrEqual(2_000);
  });
});
