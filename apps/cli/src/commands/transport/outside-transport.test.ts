import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Culvert, culvert, type ShownNode } from "../../../test-support/culvert.js";
import { echoServer, until, visit } from "../../../test-support/runtimes.js";
import type { Check } from "../../doctor/check.js";
import { builtInEntries } from "../../transports/built-in.js";

const fixture = fileURLToPath(new URL("../../../test-support/transport-pipe", import.meta.url));

// Real processes on a machine that may be busy.
const timeout = 60_000;

/** The command in a home that has the transport, and a place to listen at. */
async function withPipe(): Promise<{ readonly cli: Culvert; readonly where: string }> {
  const cli = await culvert();
  expect(await cli.ok(["transport", "add", fixture])).toBe("pipe");
  return { cli, where: join(cli.home, "..", "n2.sock") };
}

describe("a transport from outside", { timeout }, () => {
  it("has its listener, connections and part of routes, and comes back when nodes start again", async () => {
    const { cli, where } = await withPipe();
    await using _cli = cli;
    for (const node of ["n1", "n2"]) await cli.ok(`node create ${node}`);
    const path = await cli.ok(`pipe-listener create ${where} --at n2`);
    expect(path).toBe(`/pipe/${encodeURIComponent(where)}`);
    expect(await cli.json("pipe-listener list --at n2")).toMatchObject([
      { type: "pipe", socket_addr: where },
    ]);
    expect(await cli.ok(`message send hi --to ${path}/service/uppercase`)).toBe("HI");
    const worker = await cli.ok(["pipe-connection", "create", "--from", "n1", "--to", path]);
    const send = `message send hi --from n1 --to ${worker}/service/uppercase`;
    expect(await cli.ok(send)).toBe("HI");
    expect(await cli.ok(`route trace ${path}/service/echo --output json --jq .[0].hop`)).toContain(path);
    await cli.ok(`tcp-outlet create --at n2 --to ${await echoServer()}`);
    // The listener of the lowest rank is taken: `/node/n2` leads over it.
    const inlet = await cli.ok("tcp-inlet create --at n1 --to /node/n2/service/outlet");
    expect(await visit(inlet, "hello")).toBe("hello");
    const shown = await cli.json<ShownNode>("node show n1");
    expect(shown.transports.filter(({ type }) => type === "pipe")).toHaveLength(2);
    for (const node of ["n1", "n2"]) await cli.ok(`node stop ${node}`);
    for (const node of ["n2", "n1"]) await cli.ok(`node start ${node}`);
    await until(async () => (await cli.run(send)).stdout === "HI\n");
    expect(await visit(inlet, "hello again")).toBe("hello again");
    expect(await cli.json(`pipe-connection delete ${worker} --at n1 --yes`)).toEqual({ address: worker });
    expect(await cli.json(["pipe-listener", "delete", path, "--at", "n2", "--yes"])).toEqual({
      address: where,
    });
  });

  it("has options, keys of configurations, help, completion and limits", async () => {
    const { cli, where } = await withPipe();
    await using _cli = cli;
    await cli.ok(`node create n1 --pipe-listener-address ${where} --limit pipe-connections=7 --http-server`);
    expect(await cli.ok("--help")).toMatch(/\|pipe-connection,/);
    expect(await cli.ok("pipe-listener --help")).toContain("List pipe listeners");
    expect(await cli.ok("completion --shell fish --candidates -- pipe-")).toMatch(
      /^pipe-connection\t.*\npipe-listener\t/,
    );
    const words = ["pipe-listener", "show", "--at", "n1", ""];
    expect(await cli.ok(["completion", "--shell", "bash", "--candidates", "--", ...words])).toBe(where);
    expect((await cli.run("node create n2 --limit pipe-handshakes=7")).stderr).toContain("pipe-connections");
    const yaml = "nodes: { n2: { pipe-connection: { to: $WHERE } } }";
    const made = await cli.json<object[]>(["run", "--inline", yaml, "--variable", `WHERE=${where}`]);
    expect(made).toMatchObject([{ type: "node" }, { type: "pipe-connection", node: "n2" }]);
    const { http_server_address } = await cli.json<ShownNode>("node show n1");
    const metrics = await (await fetch(`http://${http_server_address}/metrics`)).text();
    expect(metrics).toMatch(/culvert_limit\{name="pipe-connections",.*\} 7/);
    expect(metrics).toMatch(/culvert_level\{name="pipe-connections",.*\} 1/);
  });

  it("is checked by doctor, and what nodes have by it waits for it", async () => {
    const { cli, where } = await withPipe();
    await using _cli = cli;
    await cli.ok(`node create n1 --pipe-listener-address ${where}`);
    const checks = await cli.json<Check[]>("doctor");
    expect(checks).toContainEqual(expect.objectContaining({ subject: "transport pipe", status: "ok" }));
    const subject = `node n1, pipe listener ${where}`;
    expect(checks).toContainEqual(expect.objectContaining({ subject, status: "ok" }));
    await cli.ok("node stop n1");
    expect(await cli.ok("transport remove pipe")).toBe("pipe");
    expect((await cli.run("pipe-listener list --at n1")).code).toBe(64);
    const detail = "it has a pipe-listener, whose transport is not there";
    expect(await cli.json("doctor")).toContainEqual(expect.objectContaining({ status: "warning", detail }));
    await cli.ok("node start n1");
    expect((await cli.json<ShownNode>("node show n1")).transports).toMatchObject([{ type: "tcp" }]);
    await cli.ok("node stop n1");
    await cli.ok(["transport", "add", fixture]);
    await cli.ok("node start n1");
    expect(await cli.json("pipe-listener list --at n1")).toMatchObject([
      { socket_addr: where, status: "Up" },
    ]);
  });

  it("may be a package in the home's node_modules; one that breaks costs itself alone", async () => {
    await using cli = await culvert();
    const folder = join(cli.home, "node_modules/@me/transport-pipe");
    await mkdir(join(folder, ".."), { recursive: true });
    await cp(fixture, folder, { recursive: true });
    expect(await cli.ok("transport add @me/transport-pipe")).toBe("pipe");
    const own = builtInEntries().map(({ manifest: { name } }) => ({ name, source: null }));
    expect(await cli.json("transport list")).toMatchObject([
      ...own,
      { name: "pipe", source: "@me/transport-pipe" },
    ]);
    const content = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    content.culvert.transport.rank = 99;
    await writeFile(join(folder, "package.json"), JSON.stringify(content));
    const finding = { subject: "transport pipe", status: "warning", detail: expect.stringContaining("now") };
    expect(await cli.json("doctor")).toContainEqual(expect.objectContaining(finding));
    await cli.ok("transport add @me/transport-pipe");
    expect(await cli.json("doctor")).not.toContainEqual(expect.objectContaining(finding));
    const { transport } = content.culvert;
    content.culvert.transport = [transport, { ...transport, name: "tube", title: "tube", listens: false }];
    await writeFile(join(folder, "package.json"), JSON.stringify(content));
    expect(await cli.ok("transport add @me/transport-pipe")).toBe("pipe\ntube");
    expect(await cli.ok("completion --shell fish --candidates -- tube-")).toMatch(/^tube-connection\t.*$/);
    expect((await cli.run("tube-listener list")).code).toBe(64);
    await writeFile(join(folder, "pipe.mjs"), "throw new Error('broken');");
    await cli.ok("node create n1");
    const run = await cli.run("doctor --output plain");
    expect(run).toMatchObject({ code: 70, stdout: expect.stringMatching(/✘ transport pipe: .*broken/) });
  });

  it("cannot be named by a configuration, and is refused when it is not one", async () => {
    await using cli = await culvert();
    const yaml = `name: n1\ntransports: [${fixture}]`;
    expect((await cli.run(["run", "--inline", yaml])).stderr).toContain('"transports" is unknown here');
    const refused = async (source: string, reason: string): Promise<void> => {
      const run = await cli.run(["transport", "add", source]);
      expect(run).toMatchObject({ code: 64, stderr: expect.stringContaining(reason) });
    };
    await refused("@me/nothing", "TRANSPORT_INVALID");
    await refused("https://example.org/x", "no name of a package");
    await refused(join(fixture, ".."), "it cannot be read");
    await refused("@x/core", "no culvert.transport");
    await refused("@x/transport-udp", "there is a transport udp already");
    const content = JSON.parse(await readFile(join(fixture, "package.json"), "utf8"));
    const folder = join(cli.home, "../transport");
    await mkdir(folder, { recursive: true });
    for (const [part, reason] of [
      [{ module: "../outside.mjs" }, "module: must be a .js file within the package"],
      [{ name: "node" }, "its name, node, is taken"],
      [{ name: "a/b" }, "name: must be lowercase letters"],
      [{ more: 1 }, "culvert.transport: more"],
    ] as const) {
      const transport = { ...content.culvert.transport, ...part };
      await writeFile(join(folder, "package.json"), JSON.stringify({ culvert: { transport } }));
      await refused(folder, reason);
    }
    expect(await cli.json("transport list")).toHaveLength(builtInEntries().length);
  });
});
