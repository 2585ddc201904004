import { describe, expect, it } from "vitest";
import { culvert, type ShownNode } from "../../../test-support/culvert.js";

describe("the HTTP server of a node", { timeout: 60_000 }, () => {
  it("answers HEAD /, GET /, GET /show and GET /metrics, and nothing else", async () => {
    await using cli = await culvert();
    const node = await cli.json<ShownNode>("node create n1 --http-server");
    const url = `http://${node.http_server_address}`;
    expect(node.http_server_address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/`, { method: "HEAD" })).status).toBe(200);
    const health = await fetch(`${url}/`);
    expect([health.status, await health.text()]).toEqual([200, "Alive\n"]);
    expect(await (await fetch(`${url}/show`)).json()).toEqual(await cli.json("node show n1"));
    const metrics = await fetch(`${url}/metrics`);
    expect(metrics.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await metrics.text();
    expect(text).toMatch(/^culvert_received_bytes_total\{node="n1"\} 0$/m);
    expect(text).toMatch(/^culvert_connections\{state="up",node="n1"\} 0$/m);
    expect(text).toMatch(/^process_resident_memory_bytes\{node="n1"\} \d+$/m);
    for (const [method, path] of [
      ["POST", "/"],
      ["HEAD", "/show"],
      ["POST", "/show"],
      ["GET", "/else"],
    ] as const) {
      expect((await fetch(url + path, { method })).status, `${method} ${path}`).toBe(404);
    }
  });

  it("tells how far the node is from its limits, also those it was given, and after a restart", async () => {
    await using cli = await culvert();
    const inline = ["--configuration", "limits: { relays: 5, connections: 3 }"];
    await cli.ok(["node", "create", "n1", "--http-server", "--limit", "connections=7", ...inline]);
    const metrics = async (): Promise<string> => {
      const { http_server_address } = await cli.json<ShownNode>("node show n1");
      return (await fetch(`http://${http_server_address}/metrics`)).text();
    };
    await cli.run("message send x --to /node/n1/service/nobody");
    const limits = [
      /^culvert_limit\{name="connections",node="n1"\} 7$/m,
      /^culvert_limit\{name="relays",node="n1"\} 5$/m,
    ];
    const before = await metrics();
    for (const limit of limits) expect(before).toMatch(limit);
    expect(before).toMatch(/^culvert_level\{name="relays",node="n1"\} 0$/m);
    expect(before).toMatch(/^culvert_refused_total\{code="WORKER_NOT_FOUND",node="n1"\} 1$/m);
    await cli.ok("node stop n1");
    await cli.ok("node start n1");
    const after = await metrics();
    for (const limit of limits) expect(after).toMatch(limit);
    const wrong = await cli.run("node create n2 --limit conections=1");
    expect(wrong).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('there is no limit "conections"'),
    });
  });

  it("takes the port that was asked for, and fails when it is taken", async () => {
    await using cli = await culvert();
    const { http_server_address } = await cli.json<ShownNode>("node create n1 --http-server");
    const port = http_server_address?.split(":")[1];
    expect(await cli.run(`node create n2 --http-server-port ${port}`)).toMatchObject({
      code: 73,
      stderr: expect.stringMatching(/LISTEN_ADDRESS_TAKEN/),
    });
    await cli.ok("node delete n1 --yes");
    const n2 = await cli.json<ShownNode>(`node create n2 --http-server-port ${port}`);
    expect(n2.http_server_address).toBe(http_server_address);
  });

  it("refuses names that are not this machine's, which a web page could make up", async () => {
    await using cli = await culvert();
    const { http_server_address } = await cli.json<ShownNode>("node create n1 --http-server");
    const { request } = await import("node:http");
    const status = await new Promise((resolve, reject) => {
      request(`http://${http_server_address}/show`, { headers: { host: "evil.example" } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(403);
  });
});
