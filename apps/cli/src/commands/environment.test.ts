import { describe, expect, it } from "vitest";
import { culvert } from "../../test-support/culvert.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

describe("environment", { timeout }, () => {
  it("lists the variables", async () => {
    await using cli = await culvert();
    const variables = await cli.json<{ name: string; value: string | null }[]>("environment");
    expect(variables.find(({ name }) => name === "CULVERT_HOME")?.value).toBe(cli.home);
  });
});
