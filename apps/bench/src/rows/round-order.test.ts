import { describe, expect, it } from "vitest";
import { roundOrder, roundsOfBlocks } from "./round-order.js";

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

describe("roundsOfBlocks()", () => {
  it("numbers all rounds once, in blocks of nearly the same size", () => {
    expect(roundsOfBlocks(11, 3)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10],
    ]);
    expect(roundsOfBlocks(2, 1)).toEqual([[0, 1]]);
  });

  it("makes no empty block", () => {
    expect(roundsOfBlocks(2, 5)).toEqual([[0], [1]]);
  });
});
