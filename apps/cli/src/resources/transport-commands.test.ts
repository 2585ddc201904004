import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert } from "../../test-support/culvert.js";

const timeout = 60_000;

describe.each(["tcp", "udp"])("%s-listener and %s-connection", { timeout }, (transport) => {
  let cli: Culvert;
  let where: string;

  beforeAll(async () => {
    cli = await culvert();
    await cli.ok("node create n2");
    await cli.ok("node create n1");
    const path = await cli.ok(`${transport}-listener create 127.0.0.1:0 --at n2`);
    expect(path).toMatch(new RegExp(`^/dnsaddr/localhost/${transport}/\\d+$`));
    where = `127.0.0.1:${path.split("/").at(-1)}`;
  }, timeout);

  afterAll(() => cli[Symbol.asyncDispose](), timeout);

  it("show a listener", async () => {
    const view = {
      type: transport,
      mode: "listening",
      socket_addr: where,
      worker_addr: "<none>",
      processor_address: "<none>",
      flow_control_id: "<none>",
    };
    expect(await cli.json(`${transport}-listener show ${where} --at n2`)).toMatchObject(view);
    const path = `/dnsaddr/localhost/${transport}/${where.split(":")[1]}`;
    expect(await cli.json(`${transport}-listener show ${path} --at n2`)).toMatchObject(view);
    const listed = await cli.json<object[]>(`${transport}-listener list --at n2`);
    expect(listed).toContainEqual(expect.objectContaining(view));
  });

  it("refuse a port that is taken", async () => {
    const run = await cli.run(`${transport}-listener create ${where} --at n1`);
    expect(run).toMatchObject({ code: 73, stdout: "" });
  });

  it("connect, and find the connection by worker and by socket address", async () => {
    const worker = await cli.ok(`${transport}-connection create --from n1 --to ${where}`);
    expect(worker).toMatch(/^\/worker\/[0-9a-f]{32}$/);
    expect(await cli.ok(`message send hi --from n1 --to ${worker}/service/uppercase`)).toBe("HI");
    const view = { from: "/node/n1", to: where, address: worker, status: "Up" };
    for (const name of [where, worker]) {
      expect(await cli.json(`${transport}-connection show ${name} --at n1`)).toMatchObject(view);
    }
    expect(await cli.json(`${transport}-connection list --at n1`)).toMatchObject([view]);
    expect(await cli.json(`${transport}-connection list --at n2`)).toMatchObject([{ mode: "incoming" }]);
    const missing = await cli.run(`${transport}-connection delete 127.0.0.1:1 --at n1 --yes`);
    expect(missing.code).toBe(69);
    expect(missing.stderr).toContain("not found");
    expect((await cli.run(`${transport}-connection delete ${worker} --at n1`)).code).toBe(64);
    await cli.ok(`tcp-inlet create i --at n1 --to ${worker}/service/outlet --no-connection-wait`);
    const used = await cli.run(`${transport}-connection delete ${worker} --at n1 --yes`);
    expect(used).toMatchObject({
      code: 70,
      stderr: expect.stringMatching(/an inlet uses it[\s\S]+RESOURCE_IN_USE/),
    });
    await cli.ok("tcp-inlet delete i --at n1 --yes");
    expect(await cli.json(`${transport}-connection delete ${where} --at n1 --yes`)).toEqual({
      address: worker,
    });
    expect(await cli.run(`${transport}-connection delete ${worker} --at n1 --yes`)).toEqual({
      code: 0,
      stdout: "[]\n",
      stderr: "",
    });
  });

  it("refuse what is no place", async () => {
    for (const to of ["localhost", "127.0.0.1:0", "127.0.0.1:65536", "a:b:1"]) {
      expect((await cli.run(`${transport}-connection create --from n1 --to ${to}`)).code).toBe(64);
    }
  });

  it("warn of a listener that others can reach", async () => {
    const run = await cli.run(`${transport}-listener create 0.0.0.0:0 --at n2`);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("warning: ");
  });

  it("delete a listener", async () => {
    expect(await cli.json(`${transport}-listener delete ${where} --at n2 --yes`)).toEqual({ address: where });
    expect((await cli.run(`${transport}-listener show ${where} --at n2`)).code).toBe(69);
  });
});
