import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collect, culvert, untilText } from "../../../test-support/culvert.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

describe("node logs", { timeout }, () => {
  it("prints the log file's path, and follows it", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1", { env: { CULVERT_LOG_FORMAT: "json" } });
    const path = await cli.ok("node logs");
    expect(path).toBe(join(cli.home, "nodes", "n1", "stdout.log"));
    const entries = (await readFile(path, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(entries.at(-1)).toMatchObject({ level: "info", msg: "Node n1 is ready" });
    const child = cli.start("node logs n1 --follow");
    const ended = collect(child);
    const begun = untilText(child.stdout, /is ready/);
    const followed = untilText(child.stdout, /Ended/);
    await begun;
    await cli.ok("node stop n1");
    await followed;
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/is ready[\s\S]+Ending/) });
  });
});
