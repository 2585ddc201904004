import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import { OpenFiles } from "./open-files.js";

describe("OpenFiles", () => {
  it.runIf(process.platform !== "win32")("refuses when all descriptors but the reserve are open", () => {
    const first = openSync(devNull, "r");
    closeSync(first);
    const files = new OpenFiles(first + 10);
    const opened: number[] = [];
    onTestFinished(() => opened.forEach((descriptor) => void closeSync(descriptor)));
    while (files.refusal() === undefined) opened.push(openSync(devNull, "r"));
    expect(Math.max(...opened)).toBe(first + 9);
    expect(files.refusal()).toBe(`the process has its limit of ${first + 10} open files`);
    closeSync(opened.pop() as number);
    expect(files.refusal()).toBeUndefined();
  });

  it.runIf(process.platform !== "win32")("counts what was promised in this turn as open", async () => {
    const first = openSync(devNull, "r");
    closeSync(first);
    const files = new OpenFiles(first + 10);
    let promised = 0;
    while (files.refusalOfNext() === undefined) promised++;
    expect(promised).toBeGreaterThanOrEqual(5);
    expect(promised).toBeLessThanOrEqual(10);
    await new Promise((resolve) => setImmediate(resolve));
    expect(files.refusalOfNext()).toBeUndefined();
  });

  it("keeps a quarter of a small limit free, and 64 of a large one", () => {
    expect(new OpenFiles(undefined, 64).limit).toBe(48);
    expect(new OpenFiles(undefined, 20_000).limit).toBe(19_936);
    expect(new OpenFiles(100, 20_000).limit).toBe(100);
  });
});
