import { describe, expect, it } from "vitest";
import { FairShare } from "./fair-share.js";

const byNumber = (item: number): number => item;

/** Items by the ways back of those who have them, numbered in that order. */
function shared(...ways: [way: string[], count: number][]): FairShare<number> {
  const share = new FairShare<number>();
  let item = 0;
  for (const [way, count] of ways) for (let left = count; left > 0; left--) share.add(item++, way);
  return share;
}

describe("FairShare", () => {
  it("takes from the one who has most, the first by rank", () => {
    const share = shared([["c1", "w"], 5], [["c2", "w"], 10]);
    expect(share.givesWayTo(["c1", "w"], byNumber)).toBe(5);
    expect(share.givesWayTo(["c3", "w"], (item) => -item)).toBe(14);
  });

  it("takes nothing from those who would then have less", () => {
    const share = shared([["c1", "w"], 5], [["c2", "w"], 6]);
    expect(share.givesWayTo(["c1", "w"], byNumber)).toBeUndefined();
    expect(share.givesWayTo(["c2", "w"], byNumber)).toBeUndefined();
  });

  it("tells those apart who come by one relay, by the connection the relay got them from", () => {
    const share = shared([["relay", "hog", "w"], 10], [["relay", "honest", "w"], 2]);
    expect(share.givesWayTo(["relay", "honest", "w"], byNumber)).toBe(0);
    expect(share.givesWayTo(["relay", "hog", "w"], byNumber)).toBeUndefined();
  });

  it("takes from those behind one connection alone", () => {
    const share = shared([["relay", "hog", "w"], 5], [["relay", "honest", "w"], 2], [["direct", "w"], 10]);
    expect(share.givesWayTo(["relay", "honest", "w"], byNumber)).toBe(7);
    expect(share.givesWayTo(["relay", "honest", "w"], byNumber, 1)).toBe(0);
    expect(share.givesWayTo(["relay", "hog", "w"], byNumber, 1)).toBeUndefined();
    expect(share.givesWayTo(["elsewhere", "w"], byNumber, 1)).toBeUndefined();
  });

  it("gives no more to one who invents hops", () => {
    const share = new FairShare<number>();
    for (let item = 0; item < 10; item++) share.add(item, ["hog", `invented ${item}`, "w"]);
    share.add(10, ["honest", "w"]);
    expect(share.givesWayTo(["hog", "invented 11", "w"], byNumber)).toBeUndefined();
    expect(share.givesWayTo(["honest", "w"], byNumber)).toBeLessThan(10);
  });

  it("counts, by first hops too, and forgets what is free again", () => {
    const share = shared([["c1", "w"], 2], [["c2", "w"], 1]);
    expect([share.size, share.takenBy("c1"), share.takenBy("c2")]).toEqual([3, 2, 1]);
    share.remove(0);
    share.remove(0);
    share.remove(2);
    expect([share.size, share.takenBy("c1"), share.takenBy("c2")]).toEqual([1, 1, 0]);
    expect(share.givesWayTo(["c3"], byNumber)).toBeUndefined();
  });
});
