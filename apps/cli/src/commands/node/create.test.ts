import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collect, culvert, type ShownNode, untilText } from "../../../test-support/culvert.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

interface Listed {
  readonly node_name: string;
  readonly is_default: boolean;
  readonly status: string;
  readonly pid: number | null;
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

  it.each([["my node"], ["né"], ["a".repeat(65)], ["/node/a b"], ["a.b"]])(
    "tells the rule for names where %j is no file",
    async (name) => {
      await using cli = await culvert();
      const run = await cli.run(["node", "create", name]);
      expect(run).toMatchObject({ code: 64, stdout: "" });
      if (name === "a.b") expect(run.stderr).toMatch(/no such file[\s\S]+try: .*name of letters, digits/);
      else expect(run.stderr).toMatch(/it is not 1 to 64 letters, digits, "_" and "-"/);
    },
  );

  it("refuses a name that differs from another in capital letters alone, and one that begins with a dash", async () => {
    await using cli = await culvert();
    await cli.ok("node create web");
    expect(await cli.run("node create Web")).toMatchObject({
      code: 73,
      stderr: expect.stringMatching(/node "web" in capital letters alone/),
    });
    expect(await cli.run("node create -- --force")).toMatchObject({ code: 64 });
    expect(await cli.json("node list --jq [.[].node_name]")).toEqual(["web"]);
  });

  it("gives a node two random words when it has no name", async () => {
    await using cli = await culvert();
    const name = await cli.ok("node create");
    expect(name).toMatch(/^[a-z]+-[a-z]+$/);
    expect(await cli.json("node show")).toMatchObject({ name, is_default: true });
  });

  it("tells all of the node as JSON", async () => {
    await using cli = await culvert();
    const json = await cli.json<ShownNode>("node create n1");
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
    const { pid } = await cli.json<ShownNode>("node create n1");
    expect(await cli.run("node create n1")).toMatchObject({
      code: 73,
      stdout: "",
      stderr: expect.stringMatching(/NODE_NAME_TAKEN/),
    });
    process.kill(pid as number, "SIGKILL");
    await expect.poll(() => cli.ok("node list --jq .[0].status")).toBe("stopped");
    expect(await cli.ok("node create n1")).toBe("n1");
    await cli.ok("node stop n1");
    expect(await cli.ok("node create n1")).toBe("n1");
  });

  it.each(["tcp-outlet create --to 9", "tcp-listener create 127.0.0.1:0", "service start hop"])(
    "leaves a stopped node that has more than it was created with as it is: %s",
    async (line) => {
      await using cli = await culvert();
      await cli.ok("node create n1 --udp-listener-address 127.0.0.1:0");
      await cli.ok(line);
      const { transports, outlets: made, services } = await cli.json<ShownNode>("node show n1");
      const outlets = made.map(({ to, worker_addr }) => ({ to, worker_addr }));
      await cli.ok("node stop n1");
      const refused = await cli.run("node create n1");
      expect(refused).toMatchObject({
        code: 73,
        stdout: "",
        stderr: expect.stringContaining("NODE_NAME_TAKEN"),
      });
      expect(refused.stderr).toMatch(/try: `culvert node start n1`.+`culvert node create n1 --replace`/);
      await cli.ok("node start n1");
      expect(await cli.json("node show n1")).toMatchObject({ transports, outlets, services });
      expect((await cli.run("node create n1 --replace")).code).toBe(73);
      await cli.ok("node stop n1");
      expect(await cli.run("node create n1 --replace")).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("without what it had"),
      });
      expect(await cli.json("tcp-outlet list")).toEqual([]);
    },
  );

  it("lets one of several commands at once create the node [node-concurrent]", async () => {
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
    expect(run).toMatchObject({
      code: 73,
      stdout: "",
      stderr: expect.stringMatching(/LISTEN_ADDRESS_TAKEN/),
    });
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
    expect(await cli.run(`node create n1 ${options}`)).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/USAGE_INVALID/),
    });
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
    await untilText(child.stdout, /n1\n/);
    expect(await cli.json("node show n1")).toMatchObject({ status: "running", pid: child.pid });
    expect(existsSync(join(cli.home, "nodes"))).toBe(false);
    expect(await cli.run("node logs n1")).toMatchObject({
      code: 69,
      stderr: expect.stringMatching(/no log file/),
    });
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({
      code: 0,
      stdout: "n1\n",
      stderr: expect.stringMatching(/Node n1 is ready[\s\S]+Ending/),
    });
    expect(await cli.json("node show n1")).toMatchObject({ status: "stopped", pid: null });
  });

  it("ends with standard input when it is told so", async () => {
    await using cli = await culvert();
    const run = await cli.run("node create n1 --foreground --exit-on-eof", { input: "" });
    expect(run).toMatchObject({ code: 0, stdout: "n1\n" });
  });
});
