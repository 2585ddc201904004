import { describe, expect, it } from "vitest";
import { measureRounds } from "./measure.js";
import { Samples, seriesOf } from "./samples.js";

describe("Samples", () => {
  it("keeps the values of each thing in the order of the rounds", () => {
    const samples = new Samples(["a", "b"]);
    for (const value of [3, 1, 2]) samples.add("a", value);
    samples.add("b", 9);
    const measured = samples.measured();
    expect(measured.series.map(({ name, values }) => [name, values])).toEqual([
      ["a", [3, 1, 2]],
      ["b", [9]],
    ]);
    expect(measured.notes).toEqual([]);
  });

  it("has no figures of what failed once, and the first note", () => {
    const samples = new Samples(["a"]);
    samples.add("a", 1);
    samples.fail("a", "first");
    samples.fail("a", "second");
    expect(samples.measured()).toMatchObject({ series: [{ name: "a", values: [] }], notes: ["first"] });
  });
});

describe("seriesOf()", () => {
  it("gives an empty series for what was not measured", () => {
    expect(seriesOf(new Samples([]).measured(), "x")).toMatchObject({ name: "x", values: [] });
  });
});

describe("measureRounds()", () => {
  it("measures every subject once per round and no more once it failed", async () => {
    const samples = new Samples(["good", "bad"]);
    let tries = 0;
    const good = { name: "good", measure: async () => 1 };
    const bad = {
      name: "bad",
      measure: async () => {
        tries++;
        throw new Error("it broke");
      },
    };
    await measureRounds([good, bad], [4, 5, 6], samples);
    expect(tries).toBe(1);
    expect(samples.measured()).toMatchObject({
      series: [{ values: [1, 1, 1] }, { values: [] }],
      notes: ["bad failed in round 5: it broke"],
    });
  });
});
