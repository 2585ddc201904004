import { describe, expect, it } from "vitest";
import { createStreamBudget } from "../resources/stream-budget.js";
import { CreditWindow } from "./credit-window.js";

const kib = 1_024;

describe("CreditWindow", () => {
  it("begins at 256 KiB and is worth telling after a quarter of it", () => {
    const window = new CreditWindow(createStreamBudget());
    expect(window.limit).toBe(256 * kib);
    window.consume(64 * kib - 1, false);
    expect(window.isWorthTelling).toBe(false);
    window.consume(1, false);
    expect(window.isWorthTelling).toBe(true);
    expect(window.grant()).toBe(320 * kib);
    expect(window.isWorthTelling).toBe(false);
  });

  it("doubles only when the reader ran dry while the sender waited, and two windows were consumed", () => {
    const window = new CreditWindow(createStreamBudget());
    window.consume(600 * kib, true);
    expect(window.windowBytes).toBe(256 * kib);
    window.senderWaits();
    window.consume(100 * kib, false);
    expect(window.windowBytes).toBe(256 * kib);
    window.consume(1, true);
    expect(window.windowBytes).toBe(512 * kib);
    window.senderWaits();
    window.consume(1_024 * kib - 1, true);
    expect(window.windowBytes).toBe(512 * kib);
    window.senderWaits();
    window.consume(1, true);
    expect(window.windowBytes).toBe(1_024 * kib);
    window.consume(4_096 * kib, true);
    expect(window.windowBytes).toBe(1_024 * kib);
  });

  it("grows to its largest size and no further", () => {
    const window = new CreditWindow(createStreamBudget(), 1_024 * kib);
    for (let turn = 0; turn < 10; turn++) {
      window.senderWaits();
      window.consume(window.limit - window.consumed, true);
      window.grant();
    }
    expect(window.windowBytes).toBe(1_024 * kib);
    expect(window.limit - window.consumed).toBe(1_024 * kib);
  });

  it("keeps many windows within the budget, and each at 16 KiB at least", () => {
    const budget = createStreamBudget(4_096 * kib);
    const windows = Array.from({ length: 1_000 }, () => new CreditWindow(budget));
    expect(budget.usedBytes).toBeLessThanOrEqual(4_096 * kib + 1_000 * 16 * kib);
    for (const window of windows) expect(window.limit).toBeGreaterThanOrEqual(16 * kib);
    const last = windows.at(-1) as CreditWindow;
    last.consume(16 * kib, true);
    expect(last.isWorthTelling).toBe(true);
    expect(last.grant()).toBe(32 * kib);
    for (const window of windows) window.close();
    expect(budget.usedBytes).toBe(0);
  });

  it("grants a stranger the least until it has sent something", () => {
    const budget = createStreamBudget();
    const window = new CreditWindow(budget, 1_024 * kib, true);
    expect(window.limit).toBe(16 * kib);
    window.consume(4 * kib - 1, true);
    expect(window.isWorthTelling).toBe(false);
    window.consume(1, true);
    expect(window.isWorthTelling).toBe(true);
    expect(window.grant()).toBe(260 * kib);
    window.close();
    expect(budget.usedBytes).toBe(0);
  });

  it("leaves most of the budget when ten thousand strangers hold idle streams", () => {
    const budget = createStreamBudget();
    for (let count = 0; count < 10_000; count++) new CreditWindow(budget, 16_384 * kib, true);
    expect(budget.totalBytes - budget.usedBytes).toBeGreaterThan(64 * 1_024 * kib);
    const honest = new CreditWindow(budget, 16_384 * kib, true);
    honest.consume(16 * kib, true);
    expect(honest.grant()).toBe(272 * kib);
  });
});
