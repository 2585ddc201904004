import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RequestRate } from "./request-rate.js";

describe("RequestRate", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("lets a burst through, then so many a second, and never saves up more than a burst", () => {
    const rate = new RequestRate(5, 2);
    const takeAll = (): number => {
      let taken = 0;
      while (rate.take()) taken += 1;
      return taken;
    };
    expect(takeAll()).toBe(5);
    vi.advanceTimersByTime(1_000);
    expect(takeAll()).toBe(2);
    vi.advanceTimersByTime(3_600_000);
    expect(takeAll()).toBe(5);
  });
});
