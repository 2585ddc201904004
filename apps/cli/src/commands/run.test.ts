import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { collect, culvert, untilText } from "../../test-support/culvert.js";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import type { Made } from "../configuration/apply-configuration.js";

// Real processes on a machine that may be busy.
const timeout = 90_000;

const target = createServer((_request, response) => response.end("from the target"));
afterAll(() => target.close());

async function targetPort(): Promise<number> {
  if (!target.listening) await once(target.listen(0, "127.0.0.1"), "listening");
  return (target.address() as AddressInfo).port;
}

const site = `
version: 1
variables: { OUTLET: web }
tcp-inlets:
  web-inlet: { at: n1, to: $OUTLET, via: n3 }
nodes:
  n1:
  n2:
  n3:
    services: hop
    relay: { name: n3, at: /node/n2 }
    tcp-outlets: { $OUTLET: { to: $PORT } }
`;

describe("run", { timeout }, () => {
  it("creates what culvert.yaml describes, in an order that works, and lists it", async () => {
    await using cli = await culvert();
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "culvert.yaml"), site);
    const run = await cli.run(["run", "--variable", `PORT=${await targetPort()}`], { cwd: folder.path });
    expect(run).toMatchObject({ code: 0 });
    const made = JSON.parse(run.stdout) as Made[];
    expect(made.map(({ type, node, name }) => `${type} ${node} ${name}`)).toEqual([
      "node n1 n1",
      "node n2 n2",
      "node n3 n3",
      "service n3 /service/hop",
      "tcp-outlet n3 /service/web",
      "relay n3 /service/forward_to_n3",
      expect.stringMatching(/^tcp-inlet n1 127\.0\.0\.1:\d+$/),
    ]);
    const inlet = made.at(-1) as Made;
    expect(inlet.result).toMatchObject({ alias: "web-inlet", status: "Up" });
    expect(await (await fetch(`http://${inlet.name}/`)).text()).toBe("from the target");
  });

  it("takes back all it made when something fails, and leaves what was there before", async () => {
    await using cli = await culvert();
    await cli.ok("node create old");
    const yaml = `
nodes: [a, b]
tcp-outlets: { one: { to: 9000, at: old } }
relays: { two: { at: /node/nobody, to: a } }
`;
    const run = await cli.run(["run", "--inline", yaml]);
    expect(run).toMatchObject({ code: 69, stdout: "" });
    expect(run.stderr).toMatch(/--inline, line 4: Cannot find node "nobody"[\s\S]+code: NODE_NOT_FOUND/);
    expect(await cli.json("node list --jq [.[].node_name]")).toEqual(["old"]);
    expect(await cli.json("tcp-outlet list --at old")).toEqual([]);
  });

  it("creates a default node for what names none, and takes that back too", async () => {
    await using cli = await culvert();
    const good = "tcp-outlet: { to: 9000 }";
    const bad = `${good}\ntcp-inlet: { to: /node/nobody/service/x }`;
    expect((await cli.run(["run", "--inline", bad])).code).toBe(69);
    expect(await cli.json("node list")).toEqual([]);
    const made = await cli.json<Made[]>(["run", "--inline", good]);
    expect(made.map(({ type }) => type)).toEqual(["node", "tcp-outlet"]);
    expect(await cli.json("node list")).toHaveLength(1);
  });

  it("makes nothing of a configuration that is wrong anywhere", async () => {
    await using cli = await culvert();
    await using folder = await temporaryFolder();
    const path = join(folder.path, "x.yaml");
    await writeFile(path, "nodes: [a]\nrelays:\n  r:\n    att: /node/a\n");
    const run = await cli.run(["run", path]);
    expect(run).toMatchObject({ code: 64, stdout: "" });
    expect(run.stderr).toContain(`${path}, line 4: "att" is unknown here`);
    expect(await cli.json("node list")).toEqual([]);
  });

  it.each([
    [["run"], /culvert.yaml: there is no such file/],
    [["run", "x.yaml", "--inline", "nodes: a"], /both a file and --inline/],
    [["run", "--inline", "nodes: $WHO"], /line 1: variable WHO is unknown/],
    [["run", "--inline", "nodes: $WHO", "--variable", "WHO="], /Empty value for variable 'WHO'/],
    [["run", "--inline", "nodes: a", "--variable", "B=1", "--variable", "B=2"], /variable B is given twice/],
  ])("refuses %j", async (line, message) => {
    await using cli = await culvert();
    await using folder = await temporaryFolder();
    const run = await cli.run(line, { cwd: folder.path });
    expect(run).toMatchObject({ code: 64, stdout: "", stderr: expect.stringMatching(message) });
  });

  it("--blocking stays until it is interrupted, and stops what it created", async () => {
    await using cli = await culvert();
    await cli.ok("node create old");
    const child = cli.start(["run", "--blocking", "--inline", "nodes: [a, b]", "--jq", ".[].name"]);
    const ended = collect(child);
    await untilText(child.stderr, /Press Ctrl-C/);
    const statuses = (): Promise<unknown> => cli.json("node list --jq [.[].status]");
    expect(await statuses()).toEqual(["running", "running", "running"]);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, stdout: "a\nb\n" });
    expect(await statuses()).toEqual(["stopped", "stopped", "running"]);
  });

  it("--blocking can be run again after it was killed", async () => {
    await using cli = await culvert();
    const line = ["run", "--blocking", "--inline", "nodes: { a: { tcp-outlet: { to: 9000 } }, b: }"];
    const killed = cli.start(line);
    const ended = collect(killed);
    await untilText(killed.stderr, /Press Ctrl-C/);
    killed.kill("SIGKILL");
    await ended;
    await expect
      .poll(() => cli.json("node list --jq [.[].status]"), { timeout: 20_000 })
      .toEqual(["stopped", "stopped"]);
    const again = cli.start(line);
    const endedAgain = collect(again);
    await untilText(again.stderr, /Press Ctrl-C/);
    again.kill("SIGINT");
    expect(await endedAgain).toMatchObject({ code: 0 });
  });

  it("waits for one machine that is down once, not for each thing that leads there", async () => {
    await using cli = await culvert();
    const inlets = Array.from({ length: 8 }, (_, i) => `i${i}: { to: /ip4/127.0.0.1/tcp/4/service/x }`);
    const begun = performance.now();
    const made = await cli.json<Made[]>([
      "run",
      "--inline",
      `nodes: a\ntcp-inlets: { ${inlets.join(", ")} }`,
    ]);
    expect(performance.now() - begun).toBeLessThan(20_000);
    const aliases = made.slice(1).map(({ result }) => (result as { alias: string }).alias);
    expect(aliases).toEqual(inlets.map((_, i) => `i${i}`));
  });

  it("--blocking ends with its nodes", async () => {
    await using cli = await culvert();
    const child = cli.start(["run", "--blocking", "--inline", "nodes: a"]);
    const ended = collect(child);
    await untilText(child.stderr, /Press Ctrl-C/);
    await cli.ok("node delete a --yes");
    expect((await ended).code).toBe(0);
  });
});
