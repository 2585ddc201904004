import { describe, expect, it } from "vitest";
import { culvert } from "../../test-support/culvert.js";

describe("service and worker", { timeout: 60_000 }, () => {
  it("start a hop with a warning, once per address, and list it", async () => {
    await using cli = await culvert();
    await cli.ok("node create n3");
    const { code, stdout, stderr } = await cli.run("service start hop --at n3");
    expect([code, stdout]).toEqual([0, "/service/hop\n"]);
    expect(stderr).toMatch(/^warning: .*\n✔ .*\/node\/n3\/service\/hop\n$/);
    expect((await cli.run("service start hop --at n3")).code).toBe(73);
    expect((await cli.run("service start echo --at n3")).code).toBe(64);
    expect(await cli.json("service start hop --addr /service/gate --at n3")).toEqual({
      addr: "gate",
      type: "hop",
    });
    expect(await cli.json("service list --at n3")).toEqual([
      { addr: "uppercase", type: "uppercase" },
      { addr: "echo", type: "echo" },
      { addr: "relay", type: "relay" },
      { addr: "hop", type: "hop" },
      { addr: "gate", type: "hop" },
    ]);
    const workers = await cli.json<object[]>("worker list --at n3");
    expect(workers).toContainEqual({ addr: "gate", type: "hop", exposure: "network", queued: 0 });
    expect(await cli.ok("message send hi --to /node/n3/service/gate/service/uppercase")).toBe("HI");
  });
});
