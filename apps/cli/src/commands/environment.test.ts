import { describe, expect, it } from "vitest";
import { culvert } from "../../test-support/culvert.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

describe("environment", { timeout }, () => {
  it("lists the variables with the values that count, set or not", async () => {
    await using cli = await culvert();
    const valuesOf = async (env: Record<string, string>): Promise<unknown[]> => {
      const run = await cli.run("environment", { env });
      const all = JSON.parse(run.stdout) as { name: string; value: string | null; is_set: boolean }[];
      return all.slice(0, 5).map(({ value, is_set }) => [value, is_set]);
    };
    const defaults = [
      ["info", false],
      ["pretty", false],
      ["10s", false],
      ["2500ms", false],
    ];
    expect(await valuesOf({})).toEqual([[cli.home, true], ...defaults]);
    const platform = await valuesOf({ CULVERT_HOME: "", XDG_DATA_HOME: "/data", CULVERT_LOG_LEVEL: "debug" });
    if (process.platform === "linux") expect(platform[0]).toEqual(["/data/culvert", false]);
    expect(platform[1]).toEqual(["debug", true]);
  });
});
