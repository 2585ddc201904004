import { describe, expect, it } from "vitest";
import { type BudgetShare, FairBudget } from "./fair-budget.js";

/** A member that holds pieces, oldest first. */
class Holder {
  readonly pieces: number[] = [];
  readonly share: BudgetShare;

  constructor(budget: FairBudget, source: string) {
    this.share = budget.join(source, this);
  }

  hold(bytes: number): void {
    this.pieces.push(bytes);
    this.share.add(bytes);
  }

  giveUpOldest(): boolean {
    const bytes = this.pieces.shift();
    if (bytes !== undefined) this.share.add(-bytes);
    return bytes !== undefined;
  }

  get bytes(): number {
    return this.pieces.reduce((sum, bytes) => sum + bytes, 0);
  }
}

describe("FairBudget", () => {
  it("lets the source give up that holds most, and its oldest first", () => {
    const budget = new FairBudget(1_000);
    const victim = new Holder(budget, "honest");
    victim.hold(100);
    const hog = new Holder(budget, "hog");
    for (let bytes = 1; bytes <= 100; bytes += 1) hog.hold(bytes);
    expect(victim.pieces).toEqual([100]);
    expect(hog.pieces.at(-1)).toBe(100);
    expect(budget.usedBytes).toBe(100 + hog.bytes);
    expect(budget.usedBytes).toBeLessThanOrEqual(1_000);
  });

  it("is not impressed by a hog with many connections", () => {
    const budget = new FairBudget(1_000);
    const victim = new Holder(budget, "honest");
    victim.hold(400);
    for (let count = 0; count < 500; count += 1) new Holder(budget, "hog").hold(10);
    expect(victim.pieces).toEqual([400]);
    expect(budget.usedBytes).toBeLessThanOrEqual(1_000);
  });

  it("lets whoever comes have a part although others were first", () => {
    const budget = new FairBudget(1_000);
    const hog = new Holder(budget, "hog");
    for (let count = 0; count < 100; count += 1) hog.hold(10);
    const late = new Holder(budget, "late");
    late.hold(300);
    expect(late.pieces).toEqual([300]);
    expect(hog.bytes).toBeLessThanOrEqual(700);
  });

  it("bounds all together though none holds more than the others", () => {
    const budget = new FairBudget(1_000);
    const all = Array.from({ length: 100 }, (_, index) => new Holder(budget, `source ${index}`));
    for (let round = 0; round < 20; round += 1) {
      for (const holder of all) holder.hold(3);
      expect(budget.usedBytes).toBeLessThanOrEqual(1_000);
    }
  });

  it("forgets who left", () => {
    const budget = new FairBudget(1_000);
    const hog = new Holder(budget, "hog");
    hog.hold(900);
    hog.share.leave();
    expect(budget.usedBytes).toBe(0);
    const next = new Holder(budget, "next");
    next.hold(1_000);
    expect(next.pieces).toEqual([1_000]);
  });
});
