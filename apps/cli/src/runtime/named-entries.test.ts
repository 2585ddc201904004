import { describe, expect, it } from "vitest";
import { NamedEntries } from "./named-entries.js";

describe("NamedEntries", () => {
  it("lets only one of two makers at once have a name", async () => {
    const entries = new NamedEntries<number>("relay");
    const slow = entries.add("n3", () => new Promise<number>((resolve) => setImmediate(() => resolve(1))));
    const taken = { code: "RESOURCE_NAME_TAKEN" };
    await expect(entries.add("n3", () => 2)).rejects.toMatchObject(taken);
    expect(await slow).toBe(1);
    await expect(entries.add("n3", () => 2)).rejects.toMatchObject(taken);
    expect(entries.list()).toEqual([1]);
  });

  it("frees a name when making the thing fails", async () => {
    const entries = new NamedEntries<number>("relay");
    const failing = entries.add("n3", () => {
      throw new RangeError("no");
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(entries.has("n3")).toBe(false);
    expect(await entries.add("n3", () => 1)).toBe(1);
  });
});
