import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { culvert, type ShownNode } from "../../../test-support/culvert.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

describe("node stop and node start", { timeout }, () => {
  it("bring a node back with its ports, also after it was killed [node-restore]", async () => {
    await using cli = await culvert();
    const created = await cli.json<ShownNode>("node create n1 --http-server");
    expect(await cli.ok("node stop n1")).toBe("n1 was stopped");
    expect(await cli.json("node show n1")).toMatchObject({
      status: "stopped",
      pid: null,
      http_server_address: null,
    });
    const { route, http_server_address } = created;
    const started = await cli.json<ShownNode>("node start n1");
    expect(started).toMatchObject({ status: "running", route, http_server_address });
    process.kill(started.pid as number, "SIGKILL");
    await expect.poll(() => cli.ok("node list --jq .[0].status")).toBe("stopped");
    expect(await cli.json("node start n1")).toMatchObject({ status: "running", route, http_server_address });
  });

  it("find no node where there are none, and create none", async () => {
    await using cli = await culvert();
    for (const verb of ["stop", "start", "logs"]) {
      expect(await cli.run(`node ${verb}`)).toMatchObject({
        code: 69,
        stderr: expect.stringMatching(/NODE_NOT_FOUND/),
      });
    }
    expect(await cli.run("node default")).toMatchObject({ code: 0, stdout: "[]\n" });
    expect(await cli.json("node list")).toEqual([]);
  });

  it("are fine when there is nothing to do", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    expect(await cli.run("node start n1")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\{\n {2}"name": "n1",/),
      stderr: expect.stringMatching(/already running/),
    });
    await cli.ok("node stop n1");
    expect(await cli.ok("node stop n1")).toBe("n1 was stopped");
  });

  it("kills a node that does not end within 5 s", async () => {
    await using cli = await culvert();
    const { pid } = await cli.json<ShownNode>("node create n1");
    process.kill(pid as number, "SIGSTOP");
    const begun = performance.now();
    await cli.ok("node stop n1");
    expect(performance.now() - begun).toBeGreaterThan(4500);
    expect(await cli.json("node show n1")).toMatchObject({ status: "stopped" });
  });

  it("names the file when the state is corrupt, and the node can still be deleted", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    await cli.ok("node stop n1");
    await writeFile(join(cli.home, "state", "n1", "resources.json"), '{"version":1,"spec":{}}');
    expect(await cli.run("node start n1")).toMatchObject({
      code: 70,
      stderr: expect.stringMatching(/STATE_CORRUPT/),
    });
    await writeFile(join(cli.home, "state", "n1", "settings.json"), "{");
    expect(await cli.run("node start n1")).toMatchObject({
      code: 70,
      stderr: expect.stringMatching(/settings\.json[\s\S]+STATE_CORRUPT/),
    });
    expect(await cli.ok("node delete n1 --yes")).toBe("n1");
  });

  it("keep the node's process when a command is not answered in time", async () => {
    await using cli = await culvert();
    const { pid } = await cli.json<ShownNode>("node create n1");
    process.kill(pid as number, "SIGSTOP");
    const run = await cli.run("node show n1", { env: { CULVERT_DEFAULT_TIMEOUT: "200ms" } });
    expect(run).toMatchObject({ code: 75, stderr: expect.stringMatching(/TIMED_OUT/) });
    expect(await cli.ok("status --jq .[0].failure")).toBe("TIMED_OUT");
    process.kill(pid as number, "SIGCONT");
    expect(await cli.json("node show n1")).toMatchObject({ status: "running", pid });
  });
});
