import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Sleeper, Wakeups } from "./wakeups.js";

function sleeper(onWake: (now: number) => void): Sleeper {
  return { wakeup: undefined, onWake };
}

describe("Wakeups", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("wakes each in the order of its time, once", () => {
    const wakeups = new Wakeups();
    const woken: number[] = [];
    const start = wakeups.now();
    for (const at of [50, 10, 30, 20, 40])
      wakeups.schedule(
        sleeper(() => woken.push(at)),
        start + at,
      );
    vi.advanceTimersByTime(35);
    expect(woken).toEqual([10, 20, 30]);
    vi.advanceTimersByTime(1_000);
    expect(woken).toEqual([10, 20, 30, 40, 50]);
  });

  it("keeps the earlier of two times, and none after cancel", () => {
    const wakeups = new Wakeups();
    const start = wakeups.now();
    let woken = 0;
    const one = sleeper(() => woken++);
    wakeups.schedule(one, start + 20);
    wakeups.schedule(one, start + 50);
    wakeups.schedule(one, start + 10);
    vi.advanceTimersByTime(12);
    expect(woken).toBe(1);
    vi.advanceTimersByTime(100);
    expect(woken).toBe(1);
    wakeups.schedule(one, wakeups.now() + 10);
    wakeups.cancel(one);
    vi.advanceTimersByTime(100);
    expect(woken).toBe(1);
  });

  it("does not count the time in which the process stood still", () => {
    const wakeups = new Wakeups();
    const start = wakeups.now();
    let wokenAt = 0;
    wakeups.schedule(
      sleeper((now) => {
        wokenAt = now;
      }),
      start + 10,
    );
    // The clock jumps by an hour before the timer can fire.
    const late = performance.now() + 3_600_000;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => late);
    vi.advanceTimersByTime(20);
    expect(wokenAt - start).toBeLessThan(100);
    clock.mockRestore();
  });

  it("keeps nothing of what was called off or moved", () => {
    const wakeups = new Wakeups();
    const start = wakeups.now();
    const stream = sleeper(() => {});
    for (let turn = 0; turn < 1_000; turn++) {
      wakeups.schedule(stream, start + 60_000 - turn);
      if (turn % 3 === 0) wakeups.cancel(stream);
    }
    expect(wakeups.planned).toBeLessThanOrEqual(1);
    wakeups.cancel(stream);
    expect(wakeups.planned).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("wakes in order whoever is left, whatever was called off or moved before", () => {
    const wakeups = new Wakeups();
    const start = wakeups.now();
    const woken: number[] = [];
    const times = Array.from({ length: 200 }, (_, index) => 10 + ((index * 7_919) % 500));
    const sleepers = times.map((at) => sleeper(() => woken.push(at)));
    for (const [index, one] of sleepers.entries()) wakeups.schedule(one, start + 1_000 - (index % 10));
    for (const [index, one] of sleepers.entries()) wakeups.schedule(one, start + (times[index] as number));
    const left = times.filter((_, index) => index % 4 !== 0);
    for (const [index, one] of sleepers.entries()) if (index % 4 === 0) wakeups.cancel(one);
    for (let at = 0; at < 1_200; at++) vi.advanceTimersByTime(1);
    expect(woken).toEqual(left.sort((one, other) => one - other));
    expect(wakeups.planned).toBe(0);
  });

  it("goes on when a sleeper throws", () => {
    const wakeups = new Wakeups();
    const start = wakeups.now();
    let woken = 0;
    wakeups.schedule(
      sleeper(() => {
        throw new Error("a fault");
      }),
      start + 10,
    );
    wakeups.schedule(
      sleeper(() => woken++),
      start + 20,
    );
    expect(() => vi.advanceTimersByTime(15)).toThrow("a fault");
    vi.advanceTimersByTime(20);
    expect(woken).toBe(1);
  });
});
