import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { culvert, type ShownNode } from "../../../test-support/culvert.js";
import { isAlive } from "../../state/process-identity.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

/** A process that ended and was not yet waited for does not run. */
function isRunning(pid: number): boolean {
  return isAlive({ pid, birth: "unknown" });
}

describe("node delete", { timeout }, () => {
  it("needs --yes where nobody can be asked", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    expect(await cli.run("node delete n1")).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/--yes[\s\S]+CONFIRMATION_NEEDED/),
    });
    expect(await cli.run("node delete --all")).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/--yes/),
    });
    expect(await cli.json("node delete n1 --yes")).toEqual({ name: "n1" });
    expect(await cli.run("node delete n1")).toMatchObject({ code: 0, stdout: "[]\n" });
    expect(await cli.run("node show n1")).toMatchObject({ code: 0, stdout: "[]\n" });
  });

  it("says not found for a name missing among others", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    expect(await cli.run("node delete n2 --yes")).toMatchObject({
      code: 69,
      stderr: expect.stringMatching(/not found/),
    });
    expect(await cli.run("node show /node/n2")).toMatchObject({
      code: 69,
      stderr: expect.stringMatching(/not found/),
    });
  });

  it("takes several names, and deletes none where one is wrong", async () => {
    await using cli = await culvert();
    for (const name of ["n1", "n2", "n3"]) await cli.ok(`node create ${name}`);
    expect(await cli.run("node delete n1 n9 --yes")).toMatchObject({ code: 69, stdout: "" });
    expect(await cli.json("node rm n1 /node/n2 n1 --yes")).toEqual([{ name: "n1" }, { name: "n2" }]);
    expect(await cli.ok("node ls --jq .[].node_name")).toBe("n3");
    expect(await cli.json("node delete n3 --yes")).toEqual({ name: "n3" });
  });

  it("ends all nodes and leaves no file of theirs", async () => {
    await using cli = await culvert();
    const pids = [];
    for (const name of ["n1", "n2"])
      pids.push((await cli.json<ShownNode>(`node create ${name}`)).pid as number);
    expect(await cli.ok("node delete --all --yes")).toBe("n1\nn2");
    for (const pid of pids) expect(isRunning(pid)).toBe(false);
    for (const folder of ["nodes", "state", "locks"])
      expect(await readdir(join(cli.home, folder))).toEqual([]);
  });
});
