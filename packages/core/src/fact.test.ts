import { describe, expect, it } from "vitest";
import { defineFact } from "./fact.js";

describe("defineFact", () => {
  it("lets the key read what its owner stated, also nothing", () => {
    const { key, state } = defineFact<string | undefined>("identity");
    expect(key.read(state("I1"))).toBe("I1");
    expect(key.read(state(undefined))).toBeUndefined();
    expect(state("I1").name).toBe("identity");
  });

  it("lets nobody else state a fact: neither another owner of the name, nor an imitation, nor a copy", () => {
    const { key, state } = defineFact<string>("identity");
    const other = defineFact<string>("identity");
    expect(key.read(other.state("I1"))).toBeUndefined();
    expect(key.read({ name: "identity" })).toBeUndefined();
    expect(key.read({ ...state("I1") })).toBeUndefined();
    expect(Object.keys(key)).toEqual(["name", "read"]);
  });
});
