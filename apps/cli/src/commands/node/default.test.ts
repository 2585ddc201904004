import { describe, expect, it } from "vitest";
import { culvert } from "../../../test-support/culvert.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

describe("node default", { timeout }, () => {
  it("shows and changes the default", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    await cli.ok("node create n2");
    expect(await cli.ok("node default")).toBe("n1");
    expect(await cli.ok("node default /node/n2")).toBe("n2");
    expect(await cli.json("node show")).toMatchObject({ name: "n2" });
    expect(await cli.run("node default n3")).toMatchObject({ code: 69 });
  });
});
