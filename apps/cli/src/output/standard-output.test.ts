import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Culvert, collect, culvert } from "../../test-support/culvert.js";

/** Runs a command whose standard output is a device that is always full. */
async function runIntoFull(cli: Culvert, line: string): Promise<{ code: number | null; stderr: string }> {
  const full = openSync("/dev/full", "w");
  try {
    const child = spawn(process.execPath, [cli.launcher, ...line.split(" ")], {
      env: { PATH: process.env.PATH, HOME: cli.home, CULVERT_HOME: cli.home },
      stdio: ["ignore", full, "pipe"],
    });
    return await collect(child);
  } finally {
    closeSync(full);
  }
}

describe("a result that cannot be written", { timeout: 60_000 }, () => {
  it.runIf(process.platform === "linux")("is an error of each command", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    for (const line of [
      "--version",
      "--help",
      "environment",
      "node list",
      "node show n1 --jq .pid",
      "message send hi --to /node/n1/service/uppercase",
      "node logs n1 --follow",
      "status --watch",
    ]) {
      const run = await runIntoFull(cli, line);
      expect(run, line).toMatchObject({
        code: 70,
        stderr: expect.stringMatching(/ENOSPC[\s\S]+OUTPUT_FAILED/),
      });
      expect(run.stderr.match(/error:/g), line).toHaveLength(1);
    }
  });

  it("ends the command as its signal would, without a word, when the reader is gone", async () => {
    await using cli = await culvert();
    const child = cli.start("--help");
    child.stdout?.destroy();
    expect(await collect(child)).toMatchObject({ code: 141, stderr: "" });
  });

  it("leaves the exit code when only standard error is gone", async () => {
    await using cli = await culvert();
    const child = cli.start("node show nobody");
    child.stderr?.destroy();
    expect(await once(child, "close")).toEqual([0, null]);
    const failing = cli.start("no-such-command");
    failing.stderr?.destroy();
    expect(await once(failing, "close")).toEqual([64, null]);
  });
});
