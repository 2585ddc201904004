import { describe, expect, it } from "vitest";
import { minWindowBytes } from "../limits.js";
import { CreditWindow } from "../receive/credit-window.js";
import { createStreamBudget, type StreamBudget } from "./stream-budget.js";

const mebibyte = 1_048_576;

/** Takes as long as something is left. */
function takeAll(share: StreamBudget): number {
  let taken = 0;
  while (share.freeBytes > 0) {
    share.take(1_000);
    taken += 1_000;
  }
  return taken;
}

describe("StreamBudget", () => {
  it("leaves a quarter to others than the one who takes all he gets", () => {
    const budget = createStreamBudget(mebibyte);
    const hog = takeAll(budget.shareOf(["relay", "hog", "w"]));
    expect(hog).toBeGreaterThanOrEqual((mebibyte * 3) / 4);
    expect(hog).toBeLessThan((mebibyte * 3) / 4 + 1_000);
    const honest = takeAll(budget.shareOf(["relay", "honest", "w"]));
    expect(honest).toBeGreaterThan(mebibyte / 4 - 1_000);
    expect(budget.freeBytes).toBe(0);
  });

  it("is one share for all streams of a peer, also for those that come later", () => {
    const budget = createStreamBudget(mebibyte);
    for (let i = 0; i < 100; i++) budget.shareOf(["relay", "hog", `w${i}`]).take(8_000);
    expect(budget.shareOf(["relay", "hog", "more"]).freeBytes).toBe(0);
    expect(budget.shareOf(["relay", "honest", "w"]).freeBytes).toBeGreaterThan(0);
  });

  it("gives no more to one who invents hops", () => {
    const budget = createStreamBudget(mebibyte);
    budget.shareOf(["honest", "w"]).take(1_000);
    for (let i = 0; i < 1_000; i++) {
      const share = budget.shareOf(["hog", `invented ${i}`]);
      if (share.freeBytes > 0) share.take(10_000);
    }
    expect(budget.usedBytes).toBeLessThan((mebibyte * 3) / 4 + 20_000);
    expect(budget.shareOf(["honest", "w"]).freeBytes).toBeGreaterThan(mebibyte / 4 - 20_000);
  });

  it("counts out what is given back", () => {
    const budget = createStreamBudget(mebibyte);
    const [one, same] = [budget.shareOf(["a", "b"]), budget.shareOf(["a", "b", "c"])];
    one.take(mebibyte);
    expect([one.freeBytes, same.freeBytes]).toEqual([0, 0]);
    same.release(mebibyte);
    expect(budget.usedBytes).toBe(0);
    expect(one.freeBytes).toBe(mebibyte);
  });

  it("lets windows of others be large while one peer's streams hold much", () => {
    const budget = createStreamBudget(16 * mebibyte);
    const hog = budget.shareOf(["relay", "hog"]);
    const hogs = Array.from({ length: 500 }, () => new CreditWindow(hog));
    expect(hogs.at(-1)?.limit).toBe(minWindowBytes);
    const honest = new CreditWindow(budget.shareOf(["relay", "honest"]));
    expect(honest.limit).toBeGreaterThan(8 * minWindowBytes);
    for (const window of [...hogs, honest]) window.close();
    expect(budget.usedBytes).toBe(0);
  });
});
