import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Culvert, culvert, type ShownNode } from "../../../test-support/culvert.js";

// Real processes on a machine that may be busy.
const timeout = 120_000;

const processes = (cli: Culvert): Promise<readonly { pid: number | null; status: string }[]> =>
  cli.json("node list");

describe("node start --all", { timeout }, () => {
  it("brings everything back after all processes were killed, as after a loss of power", async () => {
    await using cli = await culvert();
    const target = createServer((_request, response) => response.end("from the target"));
    await once(target.listen(0, "127.0.0.1"), "listening");
    try {
      const port = (target.address() as AddressInfo).port;
      await cli.ok([
        "apply",
        "--inline",
        `nodes: { n2: , n3: { relay: { name: n3, at: /node/n2 }, tcp-outlet: { to: ${port} } }, n1: { tcp-inlets: { web: { to: outlet, via: n3 } } } }`,
      ]);
      const { inlets } = await cli.json<ShownNode>("node show n1");
      const url = `http://${inlets[0]?.bind_addr}/`;
      expect(await (await fetch(url)).text()).toBe("from the target");
      for (const { pid } of await processes(cli)) process.kill(pid as number, "SIGKILL");
      await expect
        .poll(async () => (await processes(cli)).map(({ status }) => status))
        .toEqual(["stopped", "stopped", "stopped"]);
      const started = await cli.json<readonly ShownNode[]>("node start --all");
      expect(started.map(({ name, status }) => `${name} ${status}`)).toEqual([
        "n1 running",
        "n2 running",
        "n3 running",
      ]);
      await expect
        .poll(async () => (await fetch(url).catch(() => undefined))?.text(), { timeout: 30_000 })
        .toBe("from the target");
    } finally {
      target.close();
    }
  });

  it("starts the others where one cannot be started, and says so", async () => {
    await using cli = await culvert();
    for (const name of ["a", "b"]) await cli.ok(`node create ${name}`);
    expect(await cli.ok("node stop --all")).toBe("a was stopped\nb was stopped");
    await writeFile(join(cli.home, "state", "a", "resources.json"), "{");
    const run = await cli.run("node start --all");
    expect(run).toMatchObject({ code: 70, stdout: "" });
    expect(run.stderr).toMatch(/resources\.json[\s\S]+Cannot start 1 of 2 nodes/);
    expect((await processes(cli)).map(({ status }) => status)).toEqual(["stopped", "running"]);
  });

  it("is fine without nodes", async () => {
    await using cli = await culvert();
    expect(await cli.ok("node start --all")).toBe("[]");
    expect(await cli.run("node start --all n1")).toMatchObject({ code: 64 });
  });
});

describe("node restart", { timeout }, () => {
  it("has a node run in another process, with its ports; a command of another version tells that it helps", async () => {
    await using cli = await culvert();
    const before = await cli.json<ShownNode>("node create n1");
    expect(before.version).toBe("1.2.3");
    const path = join(cli.home, "state", "n1", "process.json");
    const old = (await readFile(path, "utf8")).replace('"1.2.3"', '"1.0.0"');
    await writeFile(path, old);
    const shown = await cli.run("node show n1");
    expect(shown.stdout).toContain('"version": "1.0.0"');
    expect(shown.stderr).toMatch(
      /Node n1 runs version 1\.0\.0, and this is version 1\.2\.3: `culvert node restart n1`/,
    );
    expect(shown.stderr.match(/1\.0\.0/g)).toHaveLength(1);
    const after = await cli.json<ShownNode>("node restart n1");
    expect(after).toMatchObject({ status: "running", version: "1.2.3", route: before.route });
    expect(after.pid).not.toBe(before.pid);
    expect((await cli.run("node show n1")).stderr).toBe("");
  });
});
