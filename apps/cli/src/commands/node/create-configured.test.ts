import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collect, culvert, type ShownNode, untilText } from "../../../test-support/culvert.js";
import { temporaryFolder } from "../../../test-support/temporary-folder.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

const yaml = `
name: from-file
http-server: true
udp-listener-address: 127.0.0.1:0
tcp-outlet: { to: 9000 }
tcp-inlet: { name: in, to: /service/outlet, no-connection-wait: true }
`;

describe("node create with a configuration", { timeout }, () => {
  it("makes a node of a file, and all that is on it", async () => {
    await using cli = await culvert();
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "n.yaml"), yaml);
    expect(await cli.ok("node create ./n.yaml", { cwd: folder.path })).toBe("from-file");
    const json = await cli.json<ShownNode>("node show from-file");
    expect(json.http_server_address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(json.transports.map(({ type }) => type)).toEqual(expect.arrayContaining(["tcp", "udp"]));
    expect(json.outlets).toMatchObject([{ to: "127.0.0.1:9000", worker_addr: "/service/outlet" }]);
    expect(json.inlets).toMatchObject([{ alias: "in" }]);
  });

  it("lets options win over the configuration", async () => {
    await using cli = await culvert();
    const inline = [
      "--configuration",
      `${yaml}tcp-listener-address: $WHERE`,
      "--variable",
      "WHERE=127.0.0.1:1",
    ];
    const json = await cli.json<ShownNode>(["node", "create", "n1", ...inline, "-t", "127.0.0.1:0"]);
    expect(json.name).toBe("n1");
    expect(json.route.verbose).not.toMatch(/\/1$/);
    expect(json.outlets).toHaveLength(1);
    expect(await cli.ok(["node", "create", "n2", "--node-config", "services: hop"])).toBe("n2");
  });

  it("fetches it from a URL", async () => {
    await using cli = await culvert();
    const server = createServer((request, response) => {
      if (request.url === "/moved") response.writeHead(302, { location: "/n.yaml" }).end();
      else if (request.url === "/n.yaml") response.end("name: fetched");
      else if (request.url === "/curious") response.end("name: x$CULVERT_HOME");
      else if (request.url === "/big") response.end("#".repeat(2_000_000));
      else if (request.url === "/round") response.writeHead(302, { location: "/round" }).end();
      else if (request.url === "/file") response.writeHead(302, { location: "file:///etc/passwd" }).end();
      else response.writeHead(404).end();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await cli.ok(`node create ${base}/moved`)).toBe("fetched");
    for (const [path, reason] of [
      ["none", "answers 404"],
      ["curious", "variable CULVERT_HOME is unknown; of a URL, --variable alone"],
      ["big", "over 1048576 bytes"],
      ["round", "more than 5 times"],
      ["file", "redirects to file:"],
    ]) {
      const run = await cli.run(`node create ${base}/${path}`);
      expect(run).toMatchObject({ code: 64, stdout: "", stderr: expect.stringContaining(reason as string) });
    }
    server.close();
    const gone = await cli.run(`node create ${base}/n.yaml`);
    expect(gone).toMatchObject({ code: 64, stderr: expect.stringContaining("ECONNREFUSED") });
    expect(await cli.json("node list")).toHaveLength(1);
  });

  it("leaves no node behind when it fails", async () => {
    await using cli = await culvert();
    const bad = "tcp-outlets: { a: { to: 1 } }\ntcp-inlet: { to: /node/nobody/service/x }";
    const background = await cli.run(["node", "create", "n1", "--configuration", bad]);
    expect(background).toMatchObject({ code: 69, stdout: "", stderr: expect.stringContaining("line 2: ") });
    expect(await cli.json("node list")).toEqual([]);
    const foreground = await cli.run(["node", "create", "n1", "-f", "--configuration", bad]);
    expect(foreground).toMatchObject({ code: 69, stdout: "", stderr: expect.stringContaining("line 2: ") });
    expect(await cli.json("node list")).toEqual([]);
  });

  it("works in the foreground", async () => {
    await using cli = await culvert();
    const child = cli.start(["node", "create", "n1", "-f", "--configuration", "tcp-outlet: { to: 9000 }"]);
    const ended = collect(child);
    await untilText(child.stdout, /n1\n/);
    expect(await cli.json("tcp-outlet list --at n1")).toHaveLength(1);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });

  it.each([
    [["node", "create", "./none.yaml"], "there is no such file"],
    [["node", "create", "/tmp"], "it is a folder"],
    [["node", "create", "./none.yaml", "--configuration", "name: a"], "more than one configuration"],
    [["node", "create", "n1", "--variable", "A=1"], "without a configuration"],
    [["node", "create", "--configuration", "name: a b"], "line 1: name of node"],
  ])("refuses %j", async (line, message) => {
    await using cli = await culvert();
    expect(await cli.run(line)).toMatchObject({
      code: 64,
      stdout: "",
      stderr: expect.stringContaining(message),
    });
    expect(await cli.json("node list")).toEqual([]);
  });
});
