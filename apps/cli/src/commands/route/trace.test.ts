import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert } from "../../../test-support/culvert.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

describe("route trace", { timeout }, () => {
  let cli: Culvert;

  beforeAll(async () => {
    cli = await culvert();
    for (const node of ["n1", "n2"]) await cli.ok(`node create ${node}`);
    await cli.ok("relay create n1 --at n2 --to n1");
  }, timeout);

  afterAll(() => cli[Symbol.asyncDispose](), timeout);

  it("tells each hop under the name it was given", async () => {
    const ok = { status: "ok", rtt_ms: expect.any(Number), error: null };
    const route = "/node/n2/service/forward_to_n1/service/echo";
    const rows = [
      { hop: "/node/n2", ...ok },
      { hop: "/service/forward_to_n1", ...ok },
      { hop: "/service/echo", ...ok, status: "present" },
    ];
    expect(await cli.json(`route trace ${route}`)).toEqual(rows);
    expect(await cli.json(`route trace ${route} --from n1`)).toEqual(rows);
    expect(await cli.json(`route trace ${route} --from n2`)).toEqual(rows.slice(1));
    expect(await cli.ok(`route trace ${route} --output plain`)).toMatch(
      /HOP +STATUS +TIME\n 1 {2}\/node\/n2 +ok +[\d.]+ ms\n/,
    );
  });

  it("prints what it found when a hop fails, names it, and ends with 69", async () => {
    const run = await cli.run("route trace /node/n2/service/nobody/service/echo --from n1");
    expect(run.code).toBe(69);
    expect(JSON.parse(run.stdout)).toMatchObject([
      { hop: "/node/n2", status: "ok" },
      { hop: "/service/nobody", status: "failed", error: expect.stringContaining("WORKER_NOT_FOUND") },
      { hop: "/service/echo", status: "unknown", rtt_ms: null, error: null },
    ]);
    expect(run.stderr).toMatch(/The route fails at \/service\/nobody: [\s\S]+code: WORKER_NOT_FOUND/);
  });

  it.each([
    ["/node/n2 --from n2", 64],
    ["/node/n9/service/echo", 69],
    ["n2/echo", 64],
    ["/ip4/127.0.0.1/tcp/1/service/echo", 69],
    ["/node/n2/service/echo --timeout never", 64],
  ])("%s ends with %i", async (args, code) => {
    expect((await cli.run(`route trace ${args}`)).code).toBe(code);
  });
});
