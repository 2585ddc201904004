import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chown } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collect, culvert, type Run } from "../test-support/culvert.js";
import { temporaryFolder } from "../test-support/temporary-folder.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

describe("the command", { timeout }, () => {
  it("prints the version and the help on standard output", async () => {
    await using cli = await culvert();
    expect(await cli.ok("--version")).toBe("1.2.3");
    expect(await cli.ok("--help")).toMatch(/^Usage: culvert/);
    expect(await cli.ok("node create --help")).toMatch(/^Usage: culvert node create/);
    expect(await cli.run("node")).toMatchObject({
      code: 64,
      stdout: "",
      stderr: expect.stringMatching(/^Usage: culvert node/),
    });
  });

  it("ends quietly when its reader has seen enough", async () => {
    await using cli = await culvert();
    const child = cli.start("--help");
    child.stdout?.destroy();
    expect(await collect(child)).toMatchObject({ stderr: "" });
  });

  // To be somebody without an account, one has to be root.
  it.runIf(process.getuid?.() === 0)(
    "needs no account and no home folder where CULVERT_HOME is set",
    async () => {
      await using cli = await culvert();
      await using folder = await temporaryFolder();
      await chown(folder.path, 4242, 4242);
      const run = (line: string, env: Record<string, string>): Promise<Run> =>
        collect(
          spawn(process.execPath, [cli.launcher, ...line.split(" ")], {
            uid: 4242,
            gid: 4242,
            env: { PATH: process.env.PATH, ...env },
          }),
        );
      const home = { CULVERT_HOME: folder.path };
      expect(await run("node create n1", home)).toMatchObject({ code: 0, stdout: "n1\n" });
      expect(await run("node delete n1 --yes", home)).toMatchObject({ code: 0 });
      expect(await run("node list", {})).toMatchObject({
        code: 70,
        stderr: expect.stringMatching(/Set CULVERT_HOME[\s\S]+STATE_FAILED/),
      });
    },
  );

  it("says what is wrong with the folder for its state", async () => {
    await using cli = await culvert();
    const run = await cli.run("node create n1", { env: { CULVERT_HOME: "/dev/null/here" } });
    expect(run).toMatchObject({ code: 70, stderr: expect.stringMatching(/ENOTDIR[\s\S]+STATE_FAILED/) });
  });

  it("leaves nothing of a node when it is interrupted while it creates it", async () => {
    await using cli = await culvert();
    const child = cli.start("node create n1");
    const ended = collect(child);
    await expect
      .poll(() => existsSync(join(cli.home, "nodes", "n1")), { interval: 5, timeout: 20_000 })
      .toBe(true);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, stdout: "", stderr: expect.stringMatching(/ABORTED/) });
    expect(await cli.json("node list")).toEqual([]);
  });

  it("tells its steps with -v", async () => {
    await using cli = await culvert();
    const run = await cli.run("node create n1 -v");
    expect(run).toMatchObject({
      stdout: "n1\n",
      stderr: expect.stringMatching(/asked node n1 for node\.show: \d+ ms/),
    });
    expect((await cli.run("node show", { env: { CULVERT_LOG_LEVEL: "debug" } })).stderr).toContain(
      "node.show",
    );
  });

  it("shows no stack trace, but with -vv", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    expect((await cli.run("node show n2")).stderr).not.toContain("    at ");
    expect((await cli.run("node show n2 -vv")).stderr).toContain("    at ");
  });
});
