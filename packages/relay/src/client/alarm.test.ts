import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Alarm } from "./alarm.js";

describe("Alarm", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("goes off once, on time", () => {
    const action = vi.fn();
    new Alarm().set(20_000, action);
    vi.advanceTimersByTime(19_999);
    expect(action).not.toHaveBeenCalled();
    vi.advanceTimersByTime(3_600_000);
    expect(action).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("goes off within 5 s when the wall clock jumped over its time, as after a suspended hour", () => {
    const action = vi.fn();
    new Alarm().set(300_000, action);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(5_000);
    expect(action).toHaveBeenCalledTimes(1);
  });

  it("is on time when the wall clock is set back", () => {
    const action = vi.fn();
    new Alarm().set(20_000, action);
    vi.setSystemTime(Date.now() - 3_600_000);
    vi.advanceTimersByTime(20_000);
    expect(action).toHaveBeenCalledTimes(1);
  });

  it("forgets what was set before when set again or cleared", () => {
    const first = vi.fn();
    const second = vi.fn();
    const alarm = new Alarm();
    alarm.set(1_000, first);
    alarm.set(2_000, second);
    vi.advanceTimersByTime(1_500);
    alarm.clear();
    vi.advanceTimersByTime(10_000);
    expect(first).not.toHaveBeenCalled();
    expect(second).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
