import { describe, expect, it } from "vitest";
import { roundOrder, roundsOfPass } from "./round-order.js";

describe("roundOrder()", () => {
  it("takes every subject once in every round", () => {
    for (let round = 0; round < 9; round++) {
      expect([...roundOrder(["a", "b", "c", "d"], round)].sort()).toEqual(["a", "b", "c", "d"]);
    }
  });

  it("begins elsewhere in each round, and turns round in every second one", () => {
    expect(roundOrder(["a", "b", "c"], 0)).toEqual(["a", "b", "c"]);
    expect(roundOrder(["a", "b", "c"], 1)).toEqual(["a", "c", "b"]);
    expect(roundOrder(["a", "b", "c"], 2)).toEqual(["c", "a", "b"]);
  });

  it("lets a subject follow different ones", () => {
    const subjects = ["a", "b", "c", "d"];
    const before = Array.from({ length: 8 }, (_, round) => roundOrder(subjects, round)).map(
      (order) => order[order.indexOf("a") - 1],
    );
    expect(new Set(before.filter((one) => one !== undefined)).size).toBeGreaterThan(1);
  });

  it("has nothing to order when there is nothing", () => {
    expect(roundOrder([], 3)).toEqual([]);
  });
});

describe("roundsOfPass()", () => {
  const sharesOf = (rounds: number, passes: number) =>
    Array.from({ length: passes }, (_, pass) => roundsOfPass(rounds, pass, passes));

  it("numbers all rounds once, in shares of nearly the same size", () => {
    expect(sharesOf(11, 3)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10],
    ]);
    expect(sharesOf(2, 1)).toEqual([[0, 1]]);
  });

  it("leaves passes empty when there are too few rounds", () => {
    expect(sharesOf(2, 5).flat()).toEqual([0, 1]);
  });
});
