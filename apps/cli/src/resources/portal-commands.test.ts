import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert } from "../../test-support/culvert.js";
import type { InletView } from "./tcp-inlet.js";

const timeout = 60_000;

describe("tcp-outlet and tcp-inlet", { timeout }, () => {
  let cli: Culvert;
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((_request, response) => response.end("from the target"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
    cli = await culvert();
    for (const node of ["n1", "n2", "n3"]) await cli.ok(`node create ${node}`);
    await cli.ok("service start hop --at n3");
    await cli.ok("relay create n3 --at /node/n2 --to /node/n3");
  }, timeout);

  afterAll(async () => {
    server.close();
    await cli[Symbol.asyncDispose]();
  }, timeout);

  const get = async (where: string): Promise<string> => (await fetch(`http://${where}/`)).text();

  it("create an outlet under its own name, or a free one", async () => {
    expect(await cli.ok(`tcp-outlet create --at n3 --from /service/outlet --to 127.0.0.1:${port}`)).toBe(
      "/service/outlet",
    );
    const { to, worker_addr } = await cli.json<{ to: string; worker_addr: string }>(
      `tcp-outlet create --at n3 --to ${port}`,
    );
    expect(to).toBe(`127.0.0.1:${port}`);
    expect(worker_addr).toMatch(/^\/service\/[a-z]+-[a-z]+$/);
    const taken = await cli.run(`tcp-outlet create --at n3 --from outlet --to ${port}`);
    expect(taken).toMatchObject({ code: 73, stdout: "" });
    expect(await cli.json("tcp-outlet list --at n3")).toMatchObject([
      { from: "/service/outlet", to },
      { from: worker_addr, to },
    ]);
    expect(await cli.json("tcp-outlet show outlet --at n3")).toMatchObject({
      node_name: "n3",
      worker_address: "/service/outlet",
      to,
    });
  });

  it("carry a request through a relay, with and without a hop", async () => {
    const worker = await cli.ok(`tcp-connection create --from n1 --to ${await listenerOf(cli, "n2")}`);
    for (const route of ["service/outlet", "service/hop/service/outlet"]) {
      const where = await cli.ok(`tcp-inlet create --at n1 --to ${worker}/service/forward_to_n3/${route}`);
      expect(where).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(await get(where)).toBe("from the target");
    }
  });

  const visit = { visitors: 1, bytes_to_target: expect.any(Number), bytes_to_visitor: expect.any(Number) };

  it("find the outlet through a relay by its name", async () => {
    const inlet = await cli.json<InletView>("tcp-inlet create web --at n1 --to outlet --via n3");
    expect(inlet).toMatchObject({
      alias: "web",
      status: "Up",
      outlet_route: expect.stringMatching(/^0#[0-9a-f]{32} => 0#forward_to_n3 => 0#outlet$/),
      outlet_addr: "/node/n2/service/forward_to_n3/service/outlet",
    });
    expect(await get(inlet.bind_addr)).toBe("from the target");
    const visited = { ...inlet, traffic: { ...inlet.traffic, ...visit } };
    expect(await cli.json("tcp-inlet show web --at n1")).toMatchObject(visited);
    expect(await cli.json(`tcp-inlet show ${inlet.bind_addr} --at n1`)).toMatchObject(visited);
    expect(await cli.json("tcp-inlet list --at n1")).toContainEqual(visited);
  });

  it("refuse a name and an address that are taken", async () => {
    const { bind_addr } = await cli.json<InletView>("tcp-inlet show web --at n1");
    const to = "--to /service/outlet --no-connection-wait";
    expect((await cli.run(`tcp-inlet create web --at n1 ${to}`)).code).toBe(73);
    expect((await cli.run(`tcp-inlet create --alias web --at n1 ${to}`)).code).toBe(73);
    expect((await cli.run(`tcp-inlet create other --at n1 --from ${bind_addr} ${to}`)).code).toBe(73);
  });

  it("create an inlet whose far end is down, and say so", async () => {
    const run = await cli.run(
      "tcp-inlet create down --at n1 --to /node/n2/service/nobody --connection-wait 200ms",
    );
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("warning: ");
    const inlet = await cli.json<InletView>("tcp-inlet show down --at n1");
    expect(inlet).toMatchObject({ status: "Down", outlet_route: null });
    expect(inlet.last_failure).toContain("WORKER_NOT_FOUND");
  });

  it("come back when their nodes are killed and started again [node-restore]", async () => {
    const { bind_addr } = await cli.json<InletView>("tcp-inlet show web --at n1");
    for (const node of ["n1", "n2", "n3"]) {
      const { pid } = await cli.json<{ pid: number }>(`node show ${node}`);
      process.kill(pid, "SIGKILL");
      await cli.ok(`node start ${node}`);
    }
    await expect
      .poll(async () => (await cli.json<InletView>("tcp-inlet show web --at n1")).status, { timeout })
      .toBe("Up");
    expect(await get(bind_addr)).toBe("from the target");
  });

  it("are deleted when the user means it", async () => {
    expect((await cli.run("tcp-inlet delete web --at n1")).code).toBe(64);
    expect(await cli.json("tcp-inlet delete web --at n1 --yes")).toMatchObject({ alias: "web" });
    expect((await cli.run("tcp-inlet delete web --at n1 --yes")).stderr).toContain("not found");
    expect(await cli.json("tcp-outlet delete --all --at n3 --yes")).toHaveLength(2);
    expect(await cli.run("tcp-outlet delete outlet --at n3 --yes")).toEqual({
      code: 0,
      stdout: "[]\n",
      stderr: "",
    });
    expect(await cli.run("tcp-outlet show outlet --at n3")).toMatchObject({ code: 0, stdout: "[]\n" });
  });
});

async function listenerOf(cli: Culvert, node: string): Promise<string> {
  const [listener] = await cli.json<[{ socket_addr: string }]>(`tcp-listener list --at ${node}`);
  return listener.socket_addr;
}
