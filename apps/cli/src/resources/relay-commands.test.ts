import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert } from "../../test-support/culvert.js";
import type { RelayDetail, RelayView } from "./views/relay-view.js";

const timeout = 60_000;

describe("relay", { timeout }, () => {
  let cli: Culvert;

  beforeAll(async () => {
    cli = await culvert();
    await cli.ok("node create n2");
    await cli.ok("node create n3");
  }, timeout);

  afterAll(() => cli[Symbol.asyncDispose](), timeout);

  it("makes a node reachable; the line with the check mark names both ends [relay-name]", async () => {
    const { code, stdout, stderr } = await cli.run("relay create n3 --at /node/n2 --to /node/n3");
    expect([code, stdout]).toEqual([0, "/service/forward_to_n3\n"]);
    expect(stderr).toMatch(/^✔ .* \/node\/n2\/service\/forward_to_n3 → \/node\/n3\/service\/[0-9a-f]{32}\n$/);
    expect(await cli.ok("message send hi --to /node/n2/service/forward_to_n3/service/uppercase")).toBe("HI");
  });

  it("is shown on both ends [relay-list]", async () => {
    const [own] = await cli.json<[RelayView]>("relay list --to n3");
    expect(own).toEqual({
      forwarding_route: expect.stringMatching(/^0#[0-9a-f]{32} => 0#forward_to_n3$/),
      remote_address: "forward_to_n3",
      worker_address: expect.stringMatching(/^\/service\/[0-9a-f]{32}$/),
      flow_control_id: "<none>",
      connection_status: "Up",
      traffic: null,
      destination_address: "/node/n2",
      name: "n3",
      last_failure: null,
      last_failure_at: null,
      since: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
      attempts: 0,
      next_attempt_at: null,
    });
    const detail: RelayDetail = {
      name: "n3",
      destination: "/node/n2",
      connection_status: "Up",
      traffic: null,
      relay_route: own.forwarding_route,
      remote_address: "/service/forward_to_n3",
      worker_address: own.worker_address,
      last_failure: null,
      last_failure_at: null,
      since: own.since,
      attempts: 0,
      next_attempt_at: null,
    };
    expect(await cli.json("relay show n3 --at n3")).toMatchObject(detail);
    expect(await cli.json("relay show /service/forward_to_n3 --at n3")).toMatchObject(detail);
    expect(await cli.json("relay list --to n2 --hosted")).toMatchObject([
      { name: "n3", connection_status: "Up", traffic: { messages: 1, bytes: 2 } },
    ]);
    for (const option of ["--to", "--at"]) expect(await cli.json(`relay list ${option} n2`)).toEqual([]);
    expect(await cli.json("relay list --at n3 --hosted")).toEqual([]);
    expect(await cli.ok("relay list --at n3 --hosted --output plain")).toBe("Node n3 hosts no relays");
    expect(await cli.ok("relay list --at n3 --output plain")).toContain("n3\n  status   Up\n");
  });

  it("pipes into a route", async () => {
    const input = await cli.ok("relay create --at n2 --to n3 --quiet");
    expect(input).toBe("/service/forward_to_default");
    expect(await cli.ok("message send hi --to /node/n2/-/service/uppercase", { input })).toBe("HI");
    expect(await cli.json("relay show --at n3")).toMatchObject({ name: "default" });
  });

  it("refuses a name that is taken", async () => {
    for (const to of ["n3", "n2"]) {
      const run = await cli.run(`relay create n3 --at n2 --to ${to}`);
      expect(run).toMatchObject({ code: 73, stdout: "" });
      expect(run.stderr).toContain("NAME_TAKEN");
    }
    expect(await cli.json("relay list --to n2 --hosted")).toHaveLength(2);
  });

  it("is created while the far end is down, with a warning [relay-late]", async () => {
    const run = await cli.run("relay create far --at /ip4/127.0.0.1/tcp/1 --to n3 --no-connection-wait");
    expect(run).toMatchObject({ code: 0, stdout: "/service/forward_to_far\n" });
    expect(run.stderr).toContain("warning: ");
    expect(await cli.json("relay show far --at n3")).toMatchObject({ connection_status: "Down" });
  });

  it("is deleted when the user means it [relay-release]", async () => {
    expect(await cli.run("relay delete n3 --at n3")).toMatchObject({ code: 64, stdout: "" });
    const missing = await cli.run("relay delete n9 --at n3 --yes");
    expect([missing.code, missing.stdout]).toEqual([69, ""]);
    expect(missing.stderr).toContain("not found");
    for (const name of ["n3", "default", "far"]) {
      expect(await cli.json(`relay delete ${name} --at n3 --yes`)).toEqual({ name });
    }
    for (const verb of ["delete", "show"]) {
      const yes = verb === "delete" ? "--yes" : "";
      expect(await cli.run(`relay ${verb} n3 --at n3 ${yes}`)).toEqual({
        code: 0,
        stdout: "[]\n",
        stderr: "",
      });
    }
    expect(await cli.run("relay list --to n3")).toMatchObject({ code: 0, stdout: "[]\n" });
    expect(await cli.json("relay list --to n2 --hosted")).toEqual([]);
  });
});
