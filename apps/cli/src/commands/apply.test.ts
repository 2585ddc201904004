import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  type Culvert,
  collect,
  culvert,
  type Run,
  type ShownNode,
  untilText,
} from "../../test-support/culvert.js";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import type { Made } from "../configuration/apply-configuration.js";
import type { Step } from "../configuration/reconciliation.js";

// Real processes on a machine that may be busy.
const timeout = 120_000;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A web server. */
async function serve(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => answer(response));
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function download(where: string): Promise<string> {
  return (await fetch(`http://${where}/`)).text();
}

function apply(cli: Culvert, yaml: string, ...more: string[]): Promise<Run> {
  return cli.run(["apply", "--inline", yaml, ...more]);
}

async function made(cli: Culvert, yaml: string, ...more: string[]): Promise<readonly string[]> {
  const run = await apply(cli, yaml, "--output", "json", ...more);
  expect(run).toMatchObject({ code: 0 });
  return (JSON.parse(run.stdout) as Made[]).map(({ action, type, name }) => `${action} ${type} ${name}`);
}

describe("apply", { timeout }, () => {
  it("adds an inlet, changes an outlet and removes another while a download goes on; then there is nothing to do", async () => {
    await using cli = await culvert();
    const half = Buffer.alloc(2_000_000, "culvert ");
    let finish: () => void = () => {};
    const slow = await serve((response) => {
      response.write(half);
      finish = () => response.end(half);
    });
    const other = await serve((response) => response.end("from the other target"));
    const site = (outlets: string, inlets: string): string => `
nodes:
  n2:
  n3:
    relay: { name: n3, at: /node/n2 }
    tcp-outlets: ${outlets}
  n1:
    tcp-inlets: ${inlets}
`;
    const first = site(`{ web: { to: "${slow}" }, old: { to: 9000 } }`, "{ a: { to: web, via: n3 } }");
    expect(await made(cli, first)).toHaveLength(7);
    const { inlets } = await cli.json<ShownNode>("node show n1");
    const a = inlets[0]?.bind_addr ?? "";
    const response = await fetch(`http://${a}/`);
    const body = buffer(response.body as never);

    const second = site(
      `{ web: { to: "${other}" } }`,
      "{ a: { to: web, via: n3 }, b: { to: web, via: n3 } }",
    );
    const dry = await apply(cli, second, "--prune", "--dry-run", "--output", "json");
    const steps = (JSON.parse(dry.stdout) as Step[]).map(
      ({ action, type, name, changed }) => `${action} ${type} ${name} ${changed.join()}`,
    );
    expect(steps).toEqual(["change tcp-outlet web to", "create tcp-inlet b ", "remove tcp-outlet old "]);
    const run = await apply(cli, second, "--prune", "--yes");
    expect(run).toMatchObject({ code: 0 });
    expect(run.stderr).toContain("~ change tcp-outlet web of node n3: to");
    expect(await cli.json("tcp-outlet list --at n3")).toMatchObject([{ from: "/service/web", to: other }]);
    expect(await download(a)).toBe("from the other target");
    const b = (await cli.json<ShownNode>("node show n1")).inlets.find(({ alias }) => alias === "b");
    expect(await download(b?.bind_addr ?? "")).toBe("from the other target");

    const again = await apply(cli, second, "--prune", "--yes");
    expect(again).toMatchObject({ code: 0, stdout: "[]\n" });
    expect(again.stderr).toContain("Nothing to do");
    finish();
    expect((await body).equals(Buffer.concat([half, half]))).toBe(true);
  });

  it("asks before it removes anything", async () => {
    await using cli = await culvert();
    await made(cli, "nodes: { n1: { tcp-outlets: { a: { to: 9000 }, b: { to: 9001 } } } }");
    const less = "nodes: { n1: { tcp-outlets: { a: { to: 9000 } } } }";
    expect(await made(cli, less)).toEqual([]);
    expect(await apply(cli, less, "--prune")).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("--yes"),
    });
    expect(await cli.json("tcp-outlet list --at n1")).toHaveLength(2);
    expect(await made(cli, less, "--prune", "--yes")).toEqual(["removed tcp-outlet b"]);
    await cli.ok("node create other");
    expect(await made(cli, less, "--prune-nodes", "--yes")).toEqual(["removed node other"]);
  });

  it("starts nodes that are stopped, and restarts those whose settings differ", async () => {
    await using cli = await culvert();
    const yaml = "nodes: { n1: { tcp-listener-address: '127.0.0.1:0', tcp-outlet: { to: 9000 } } }";
    expect(await made(cli, yaml)).toEqual(["created node n1", "created tcp-outlet /service/outlet"]);
    await cli.ok("node stop n1");
    expect(await made(cli, yaml)).toEqual(["started node n1"]);
    const limited =
      "nodes: { n1: { limits: { connections: 7 }, http-server: true, tcp-outlet: { to: 9000 } } }";
    expect(await made(cli, limited)).toEqual(["changed node n1"]);
    expect(await cli.json("node show n1")).toMatchObject({
      http_server_address: expect.stringContaining("127.0.0.1"),
      outlets: [{ to: "127.0.0.1:9000" }],
    });
    expect(await made(cli, limited)).toEqual([]);
    expect(await made(cli, yaml, "--prune", "--yes")).toEqual(["changed node n1"]);
    expect(await cli.json("node show n1")).toMatchObject({ http_server_address: null });
  });

  it("gives a node another listener, and takes the former away only when it is told to", async () => {
    await using cli = await culvert();
    await made(cli, "nodes: n1");
    const yaml = "nodes: { n1: { tcp-listener-address: '127.0.0.2:0' } }";
    expect(await made(cli, yaml)).toEqual([expect.stringMatching(/^created tcp-listener .*tcp\/\d+$/)]);
    const removed = await made(cli, yaml, "--prune", "--yes");
    expect(removed).toEqual([expect.stringMatching(/^removed tcp-listener 127\.0\.0\.1:\d+$/)]);
    expect(await made(cli, yaml, "--prune", "--yes")).toEqual([]);
  });

  it("--blocking reads the file again at a SIGHUP, and goes on where it is wrong", async () => {
    await using cli = await culvert();
    await using folder = await temporaryFolder();
    const path = join(folder.path, "culvert.yaml");
    await writeFile(path, "nodes: { a: { tcp-outlet: { to: 9000 } } }");
    const child = cli.start(["apply", path, "--blocking"]);
    const ended = collect(child);
    await untilText(child.stderr, /Press Ctrl-C/);
    await writeFile(path, "nodes: { a: { tcp-outlet: { too: 9001 } } }");
    const refused = untilText(child.stderr, /"too" is no argument/);
    child.kill("SIGHUP");
    await refused;
    await writeFile(path, "nodes: { a: { tcp-outlet: { to: 9001 } }, b: }");
    const created = untilText(child.stdout, /"node": "b"[\s\S]+\n\]/);
    child.kill("SIGHUP");
    await created;
    expect(await cli.json("tcp-outlet list --at a")).toMatchObject([{ to: "127.0.0.1:9001" }]);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0 });
    expect(await cli.json("node list --jq [.[].status]")).toEqual(["stopped", "stopped"]);
  });

  it("refuses a node without a name", async () => {
    await using cli = await culvert();
    const run = await apply(cli, "tcp-listener-address: '127.0.0.1:0'");
    expect(run).toMatchObject({ code: 64, stderr: expect.stringContaining("needs a name") });
  });
});

describe("export", { timeout }, () => {
  it("describes all that commands make, so that apply changes nothing here and makes the same elsewhere", async () => {
    await using cli = await culvert();
    await using elsewhere = await culvert();
    await using folder = await temporaryFolder();
    await cli.ok("node create n2 --limit connections=50 --http-server");
    await cli.ok("node create n1");
    const lines = [
      "service start hop --at n2",
      "policy create --at n2 --resource-type tcp-outlet --allow component.web",
      "policy create --at n2 --resource gate --allow component.db",
      "secure-channel-listener create gate --at n2",
      "tcp-outlet create --at n2 --to 9000 --allow component.web --proxy-protocol v2 --tcp-no-delay off",
      "relay create n1 --at n2 --to n1",
      `unix-listener create ${folder.path}/n2.sock --at n2`,
      "ws-listener create 127.0.0.1:0 --at n2",
      "udp-listener create 127.0.0.1:0 --at n2",
      "tcp-listener create 127.0.0.2:0 --at n2",
      "secure-channel create --from n1 --to /node/n2/service/api",
      `unix-connection create --from n1 --to ${folder.path}/n2.sock`,
      "tcp-inlet create web --at n1 --to /node/n2/service/outlet --to /node/n2/service/spare --allow-from 10.0.0.0/8 --idle-timeout 90s -q",
    ];
    for (const line of lines) await cli.ok(line);
    const { transports } = await cli.json<ShownNode>("node show n2");
    const udp = transports.find(({ type }) => type === "udp")?.socket_addr ?? "";
    const ws = transports.find(({ type }) => type === "ws")?.socket_addr ?? "";
    await cli.ok(`udp-connection create --from n1 --to ${udp}`);
    await cli.ok(`ws-connection create --from n1 --to ${ws}`);
    const text = await cli.ok("export");
    const nouns = Object.values((parse(text) as { nodes: Record<string, object> }).nodes).flatMap(
      Object.keys,
    );
    expect(nouns).toEqual(
      expect.arrayContaining([
        ...["services", "policies", "secure-channel-listeners", "tcp-outlets", "relays", "unix-listeners"],
        ...["ws-listeners", "tcp-listeners", "secure-channels", "unix-connections", "tcp-inlets"],
        ...["udp-connections", "ws-connections", "udp-listeners", "limits", "http-server"],
      ]),
    );
    expect(text).not.toContain("token");
    const path = join(folder.path, "all.yaml");
    await writeFile(path, text);
    const same = await cli.run(["apply", path, "--prune", "--yes", "--output", "json"]);
    expect(same).toMatchObject({ code: 0, stdout: "[]\n" });
    // Nothing listens there any more, and identities are another home's.
    await cli.ok("node stop n2");
    await cli.ok("node stop n1");
    const there = await elsewhere.run(["apply", path]);
    expect(there, there.stderr).toMatchObject({ code: 0 });
    expect(parse(await elsewhere.ok("export"))).toEqual(parse(text));
  });

  it("takes no name of a node for a key", async () => {
    await using cli = await culvert();
    for (const name of ["relay", "limits"]) await cli.ok(`node create ${name}`);
    expect(await made(cli, await cli.ok("export"))).toEqual([]);
    expect(await cli.run("export nobody")).toMatchObject({ code: 69 });
  });
});
