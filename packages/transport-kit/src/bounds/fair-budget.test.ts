import fc from "fast-check";
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
    this.share.set(this.bytes);
  }

  giveUp(): boolean {
    const bytes = this.pieces.shift();
    this.share.set(this.bytes);
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

  it("is not impressed by a host that takes many addresses of its network", () => {
    const budget = new FairBudget(1_000);
    const victim = new Holder(budget, "2001:db8:1:2::1");
    victim.hold(400);
    for (let count = 1; count <= 500; count += 1)
      new Holder(budget, `2001:db8:9:9::${count.toString(16)}`).hold(10);
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

const maxBytes = 1_000_000;
const frameBytes = 1_000;

/** Connections of one source that send until they are spent, a frame each in turn. */
function fill(budget: FairBudget, source: string, connections: number): number[] {
  const shares = Array.from({ length: connections }, () => budget.joinWhole(source, () => {}));
  const held = shares.map(() => 0);
  for (let isSending = true; isSending; ) {
    isSending = false;
    for (const [i, share] of shares.entries()) {
      if (share.isSpent || (held[i] as number) > maxBytes) continue;
      held[i] = (held[i] as number) + frameBytes;
      share.set(held[i] as number);
      isSending = true;
    }
  }
  return held;
}

describe("FairBudget, of those that can only give up all,", () => {
  it("leaves the first half to whoever needs it", () => {
    const share = new FairBudget(maxBytes).joinWhole("a", () => {});
    share.set(maxBytes / 2 - 1);
    expect(share.isSpent).toBe(false);
    share.set(maxBytes / 2);
    expect(share.isSpent).toBe(true);
  });

  it("holds no more than the whole, however many connections do not read", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }), (sources) => {
        const budget = new FairBudget(maxBytes);
        for (const [i, connections] of sources.entries()) fill(budget, `source ${i}`, connections);
        expect(budget.usedBytes).toBeLessThanOrEqual(maxBytes);
      }),
    );
  });

  it("takes nothing from those who hold little, of the same source or another", () => {
    const budget = new FairBudget(maxBytes);
    fill(budget, "hog", 100);
    const neighbour = budget.joinWhole("hog", () => expect.fail("not the one who holds most"));
    neighbour.set(4_000);
    expect(neighbour.isSpent).toBe(false);
    const other = budget.joinWhole("other", () => expect.fail("not the one who holds most"));
    other.set(200_000);
    expect(other.isSpent).toBe(false);
  });

  it("lets the one go that holds most of the source that holds most, behind the running task", async () => {
    const budget = new FairBudget(maxBytes);
    const gone: string[] = [];
    const join = (source: string, name: string) => budget.joinWhole(source, () => void gone.push(name));
    const [small, large, alone] = [join("a", "small"), join("a", "large"), join("b", "alone")];
    alone.set(480_000);
    small.set(100_000);
    large.set(420_001);
    expect(gone).toEqual([]);
    expect(budget.usedBytes).toBe(580_000);
    expect(large.isSpent).toBe(true);
    large.set(500_000);
    expect(budget.usedBytes).toBe(580_000);
    await Promise.resolve();
    expect(gone).toEqual(["large"]);
    expect(small.isSpent).toBe(false);
  });

  it("counts out what was sent and who left", () => {
    const budget = new FairBudget(maxBytes);
    const [one, two] = [budget.joinWhole("a", () => {}), budget.joinWhole("a", () => {})];
    one.set(600_000);
    two.set(1);
    one.set(0);
    expect(budget.usedBytes).toBe(1);
    two.leave();
    two.leave();
    expect(budget.usedBytes).toBe(0);
    one.set(600_000);
    expect(one.isSpent).toBe(true);
  });
});
