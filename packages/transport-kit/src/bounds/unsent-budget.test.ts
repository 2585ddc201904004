import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UnsentBudget } from "./unsent-budget.js";

const maxBytes = 1_000_000;
const frameBytes = 1_000;

/** Connections of one source that send until they are spent, a frame each in turn. */
function fill(budget: UnsentBudget, source: string, connections: number): number[] {
  const shares = Array.from({ length: connections }, () => budget.join(source, () => {}));
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

describe("UnsentBudget", () => {
  it("leaves the first half to whoever needs it", () => {
    const share = new UnsentBudget(maxBytes).join("a", () => {});
    share.set(maxBytes / 2 - 1);
    expect(share.isSpent).toBe(false);
    share.set(maxBytes / 2);
    expect(share.isSpent).toBe(true);
  });

  it("holds no more than the whole, however many connections do not read", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }), (sources) => {
        const budget = new UnsentBudget(maxBytes);
        for (const [i, connections] of sources.entries()) fill(budget, `source ${i}`, connections);
        expect(budget.usedBytes).toBeLessThanOrEqual(maxBytes);
      }),
    );
  });

  it("takes nothing from those who hold little, of the same source or another", () => {
    const budget = new UnsentBudget(maxBytes);
    fill(budget, "hog", 100);
    const neighbour = budget.join("hog", () => expect.fail("not the one who holds most"));
    neighbour.set(4_000);
    expect(neighbour.isSpent).toBe(false);
    const other = budget.join("other", () => expect.fail("not the one who holds most"));
    other.set(200_000);
    expect(other.isSpent).toBe(false);
  });

  it("lets the connection go that holds most of the source that holds most, behind the running task", async () => {
    const budget = new UnsentBudget(maxBytes);
    const gone: string[] = [];
    const join = (source: string, name: string) => budget.join(source, () => void gone.push(name));
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
    const budget = new UnsentBudget(maxBytes);
    const [one, two] = [budget.join("a", () => {}), budget.join("a", () => {})];
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
