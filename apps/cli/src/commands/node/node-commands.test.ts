import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collect, culvert } from "../../../test-support/culvert.js";
import type { NodeJson } from "../../node-process/node-json.js";
import { isAlive } from "../../state/process-identity.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

interface Listed {
  readonly node_name: string;
  readonly is_default: boolean;
  readonly status: string;
  readonly pid: number | null;
}

/** A process that ended and was not yet waited for does not run. */
function isRunning(pid: number): boolean {
  return isAlive({ pid, birth: "unknown" });
}

describe("node create", { timeout }, () => {
  it("prints the name when the node answers; the first node is the default", async () => {
    await using cli = await culvert();
    expect(await cli.ok("node create n1")).toBe("n1");
    expect(await cli.ok("node create n2")).toBe("n2");
    const [n1, n2] = await cli.json<[Listed, Listed]>("node list");
    expect(n1).toEqual({ node_name: "n1", is_default: true, status: "running", pid: expect.any(Number) });
    expect(n2).toMatchObject({ node_name: "n2", is_default: false, status: "running" });
  });

  it("gives a node two random words when it has no name", async () => {
    await using cli = await culvert();
    const name = await cli.ok("node create");
    expect(name).toMatch(/^[a-z]+-[a-z]+$/);
    expect(await cli.json("node show")).toMatchObject({ name, is_default: true });
  });

  it("tells all of the node as JSON", async () => {
    await using cli = await culvert();
    const json = await cli.json<NodeJson>("node create n1");
    expect(json).toMatchObject({
      name: "n1",
      is_default: true,
      status: "running",
      http_server_address: null,
    });
    expect(json.route).toEqual({
      short: "/node/n1",
      verbose: expect.stringMatching(/^\/dnsaddr\/localhost\/tcp\/\d+$/),
    });
    expect(json.services.map(({ type }) => type).sort()).toEqual(["echo", "relay", "uppercase"]);
    expect(await cli.json("node show n1")).toEqual(json);
  });

  it("refuses the name of a running node; one that was stopped or killed is created anew", async () => {
    await using cli = await culvert();
    const { pid } = await cli.json<NodeJson>("node create n1");
    expect(await cli.run("node create n1")).toMatchObject({
      code: 73,
      stdout: "",
      stderr: /NODE_NAME_TAKEN/,
    });
    process.kill(pid as number, "SIGKILL");
    await expect.poll(() => cli.ok("node list --jq .[0].status")).toBe('"stopped"');
    expect(await cli.ok("node create n1")).toBe("n1");
    await cli.ok("node stop n1");
    expect(await cli.ok("node create n1")).toBe("n1");
  });

  it("lets one of several commands at once create the node", async () => {
    await using cli = await culvert();
    const runs = await Promise.all([1, 2, 3].map(() => cli.run("node create n1")));
    expect(runs.map(({ code }) => code).sort()).toEqual([0, 73, 73]);
  });

  it("leaves nothing of a node that cannot start", async () => {
    await using cli = await culvert();
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const run = await cli.run(`node create n1 --tcp-listener-address 127.0.0.1:${port}`);
    taken.close();
    expect(run).toMatchObject({ code: 73, stdout: "", stderr: /LISTEN_ADDRESS_TAKEN/ });
    expect(await cli.json("node list")).toEqual([]);
    expect(await readdir(join(cli.home, "nodes"))).toEqual([]);
    expect(await readdir(join(cli.home, "state"))).toEqual([]);
  });

  it.each(["../evil", ".", "a b", "n1/x"])("refuses %j as a name", async (name) => {
    await using cli = await culvert();
    expect(await cli.run(`node create ${name}`)).toMatchObject({
      code: expect.not.stringMatching(/^0$/),
      stdout: "",
    });
    expect(await cli.json("node list")).toEqual([]);
  });

  it.each([
    "-t 127.0.0.1",
    "-t 127.0.0.1:70000",
    "--http-server-port x",
    "-e",
    "--udp-listener-address a:b:c",
  ])("refuses %j as wrong usage", async (options) => {
    await using cli = await culvert();
    expect(await cli.run(`node create n1 ${options}`)).toMatchObject({ code: 64, stderr: /USAGE_INVALID/ });
  });

  it("warns when others can reach the node, unless it is quiet", async () => {
    await using cli = await culvert();
    expect((await cli.run("node create n1 -t 0.0.0.0:0")).stderr).toContain("without protection");
    expect((await cli.run("node create n2 -t 0.0.0.0:0 --quiet")).stderr).toBe("");
    expect((await cli.run("node create n3 -t 0.0.0.0:0", { env: { QUIET: "1" } })).stderr).toBe("");
  });
});

describe("node create --foreground", { timeout }, () => {
  it("prints the name, logs to standard error, makes no log folder, and drains on SIGTERM", async () => {
    await using cli = await culvert();
    const child = cli.start("node create n1 --foreground");
    const ended = collect(child);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    expect(await cli.json("node show n1")).toMatchObject({ status: "running", pid: child.pid });
    expect(existsSync(join(cli.home, "nodes"))).toBe(false);
    expect(await cli.run("node logs n1")).toMatchObject({ code: 70, stderr: /no log file/ });
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0, stdout: "n1\n", stderr: /Node n1 is ready[\s\S]+Ending/ });
    expect(await cli.json("node show n1")).toMatchObject({ status: "stopped", pid: null });
  });

  it("ends with standard input when it is told so", async () => {
    await using cli = await culvert();
    const run = await cli.run("node create n1 --foreground --exit-on-eof", { input: "" });
    expect(run).toMatchObject({ code: 0, stdout: "n1\n" });
  });
});

describe("node stop and node start", { timeout }, () => {
  it("bring a node back with its ports, also after it was killed", async () => {
    await using cli = await culvert();
    const created = await cli.json<NodeJson>("node create n1 --http-server");
    expect(await cli.ok("node stop n1")).toBe("n1 was stopped");
    expect(await cli.json("node show n1")).toMatchObject({
      status: "stopped",
      pid: null,
      http_server_address: null,
    });
    const { route, http_server_address } = created;
    const started = await cli.json<NodeJson>("node start n1");
    expect(started).toMatchObject({ status: "running", route, http_server_address });
    process.kill(started.pid as number, "SIGKILL");
    await expect.poll(() => cli.ok("node list --jq .[0].status")).toBe('"stopped"');
    expect(await cli.json("node start n1")).toMatchObject({ status: "running", route, http_server_address });
  });

  it("find no node where there are none, and create none", async () => {
    await using cli = await culvert();
    for (const verb of ["stop", "start", "logs"]) {
      expect(await cli.run(`node ${verb}`)).toMatchObject({ code: 69, stderr: /NODE_NOT_FOUND/ });
    }
    expect(await cli.run("node default")).toMatchObject({ code: 0, stdout: "[]\n" });
    expect(await cli.json("node list")).toEqual([]);
  });

  it("are fine when there is nothing to do", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    expect(await cli.run("node start n1")).toMatchObject({
      code: 0,
      stdout: "n1\n",
      stderr: /already running/,
    });
    await cli.ok("node stop n1");
    expect(await cli.ok("node stop n1")).toBe("n1 was stopped");
  });

  it("kills a node that does not end within 5 s", async () => {
    await using cli = await culvert();
    const { pid } = await cli.json<NodeJson>("node create n1");
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
    expect(await cli.run("node start n1")).toMatchObject({ code: 70, stderr: /STATE_CORRUPT/ });
    await writeFile(join(cli.home, "state", "n1", "settings.json"), "{");
    expect(await cli.run("node start n1")).toMatchObject({
      code: 70,
      stderr: /settings\.json[\s\S]+STATE_CORRUPT/,
    });
    expect(await cli.ok("node delete n1 --yes")).toBe("n1");
  });

  it("keep the node's process when a command is not answered in time", async () => {
    await using cli = await culvert();
    const { pid } = await cli.json<NodeJson>("node create n1");
    process.kill(pid as number, "SIGSTOP");
    const run = await cli.run("node show n1", { env: { CULVERT_DEFAULT_TIMEOUT: "200ms" } });
    expect(run).toMatchObject({ code: 75, stderr: /TIMED_OUT/ });
    expect(await cli.ok("status --jq .[0].failure")).toBe('"TIMED_OUT"');
    process.kill(pid as number, "SIGCONT");
    expect(await cli.json("node show n1")).toMatchObject({ status: "running", pid });
  });
});

describe("node delete", { timeout }, () => {
  it("needs --yes where nobody can be asked", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    expect(await cli.run("node delete n1")).toMatchObject({
      code: 64,
      stderr: /--yes[\s\S]+CONFIRMATION_NEEDED/,
    });
    expect(await cli.run("node delete --all")).toMatchObject({ code: 64, stderr: /--yes/ });
    expect(await cli.json("node delete n1 --yes")).toEqual({ name: "n1" });
    expect(await cli.run("node delete n1")).toMatchObject({ code: 0, stdout: "[]\n" });
    expect(await cli.run("node show n1")).toMatchObject({ code: 0, stdout: "[]\n" });
  });

  it("says not found for a name missing among others", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    expect(await cli.run("node delete n2 --yes")).toMatchObject({ code: 69, stderr: /not found/ });
    expect(await cli.run("node show /node/n2")).toMatchObject({ code: 69, stderr: /not found/ });
  });

  it("ends all nodes and leaves no file of theirs", async () => {
    await using cli = await culvert();
    const pids = [];
    for (const name of ["n1", "n2"])
      pids.push((await cli.json<NodeJson>(`node create ${name}`)).pid as number);
    expect(await cli.ok("node delete --all --yes")).toBe("n1\nn2");
    for (const pid of pids) expect(isRunning(pid)).toBe(false);
    for (const folder of ["nodes", "state", "locks"])
      expect(await readdir(join(cli.home, folder))).toEqual([]);
  });
});

describe("node default, node logs, reset and environment", { timeout }, () => {
  it("shows and changes the default", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    await cli.ok("node create n2");
    expect(await cli.ok("node default")).toBe("n1");
    expect(await cli.ok("node default /node/n2")).toBe("n2");
    expect(await cli.json("node show")).toMatchObject({ name: "n2" });
    expect(await cli.run("node default n3")).toMatchObject({ code: 69 });
  });

  it("prints the log file's path, and follows it", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1", { env: { CULVERT_LOG_FORMAT: "json" } });
    const path = await cli.ok("node logs");
    expect(path).toBe(join(cli.home, "nodes", "n1", "stdout.log"));
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ level: 30, msg: "Node n1 is ready" });
    const child = cli.start("node logs n1 --follow");
    const ended = collect(child);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    await cli.ok("node stop n1");
    await expect.poll(() => readFile(path, "utf8")).toContain("Ended");
    const line = once(child.stdout as NodeJS.ReadableStream, "data");
    await line;
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, stdout: /is ready[\s\S]+Ending/ });
  });

  it("removes all state, twice", async () => {
    await using cli = await culvert();
    const { pid } = await cli.json<NodeJson>("node create n1");
    await cli.ok("reset --yes");
    await cli.ok("reset --yes");
    expect(existsSync(cli.home)).toBe(false);
    expect(isRunning(pid as number)).toBe(false);
  });

  it("lists the variables", async () => {
    await using cli = await culvert();
    const variables = await cli.json<{ name: string; value: string | null }[]>("environment");
    expect(variables.find(({ name }) => name === "CULVERT_HOME")?.value).toBe(cli.home);
  });
});

describe("the command", { timeout }, () => {
  it("prints the version and the help on standard output", async () => {
    await using cli = await culvert();
    expect(await cli.ok("--version")).toBe("1.2.3");
    expect(await cli.ok("--help")).toMatch(/^Usage: culvert/);
    expect(await cli.ok("node create --help")).toMatch(/^Usage: culvert node create/);
    expect(await cli.run("node")).toMatchObject({ code: 64, stdout: "", stderr: /^Usage: culvert node/ });
  });

  it("ends quietly when its reader has seen enough", async () => {
    await using cli = await culvert();
    const child = cli.start("--help");
    child.stdout?.destroy();
    expect(await collect(child)).toMatchObject({ stderr: "" });
  });

  it("tells its steps with -v", async () => {
    await using cli = await culvert();
    const run = await cli.run("node create n1 -v");
    expect(run).toMatchObject({ stdout: "n1\n", stderr: /asked node n1 for node\.show: \d+ ms/ });
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
