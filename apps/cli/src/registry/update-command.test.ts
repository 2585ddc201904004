import { describe, expect, it } from "vitest";
import { culvert } from "../../test-support/culvert.js";

// Real processes on a machine that may be busy.
const timeout = 90_000;

describe("tcp-outlet update and tcp-inlet update", { timeout }, () => {
  it("change what is given, keep the rest, and survive a restart", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    await cli.ok("tcp-outlet create --at n1 --to 9000 --allow component.web");
    await cli.ok(
      "tcp-inlet create web --at n1 --to /node/n1/service/none --allow-from 10.0.0.0/8 -q --no-connection-wait",
    );
    const outlet = await cli.run("tcp-outlet update outlet --to 9001");
    expect(outlet).toMatchObject({ code: 0, stderr: expect.stringContaining("connects to 127.0.0.1:9001") });
    const inlet = await cli.json("tcp-inlet update web --to /node/n1/service/outlet");
    expect(inlet).toMatchObject({
      alias: "web",
      outlet_addr: "/node/n1/service/outlet",
      allow_from: ["10.0.0.0/8"],
      status: "Up",
    });
    await cli.ok("node restart n1");
    const { outlets, inlets } = await cli.json<{ outlets: object[]; inlets: object[] }>("node show n1");
    expect(outlets).toMatchObject([{ to: "127.0.0.1:9001" }]);
    expect(inlets).toMatchObject([{ outlet_addr: "/node/n1/service/outlet", allow_from: ["10.0.0.0/8"] }]);
  });

  it("say when it is so already, and when it was made anew", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    await cli.ok("tcp-outlet create --at n1 --to 9000");
    expect((await cli.run("tcp-outlet update --to 9000 outlet")).stderr).toContain("It is so already");
    const anew = await cli.run("tcp-outlet update outlet --max-connections 7");
    expect(anew).toMatchObject({ code: 0, stderr: expect.stringContaining("made anew") });
  });

  it.each([
    ["tcp-outlet update outlet", 64, /nothing to change is given[\s\S]+--to/],
    ["tcp-outlet update other --to 9001", 69, /not found on node n1/],
    ["tcp-outlet update outlet --to nowhere:99999", 64, /--to/],
    ["tcp-outlet update outlet --from other", 64, /unknown option|--from/],
  ])("refuse %s", async (line, code, message) => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    await cli.ok("tcp-outlet create --at n1 --to 9000");
    expect(await cli.run(line)).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(message) });
    expect(await cli.json("tcp-outlet list --at n1")).toMatchObject([{ to: "127.0.0.1:9000" }]);
  });
});

describe("service stop", { timeout }, () => {
  it("stops a hop for good, and none that every node has", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    await cli.ok("service start hop --at n1");
    expect(await cli.run("service stop hop --at n1")).toMatchObject({ code: 64 });
    expect(await cli.run("service stop echo --at n1 --yes")).toMatchObject({
      stderr: expect.stringContaining("every node has it"),
    });
    expect(await cli.run("service stop hop --at n1 --yes --output plain")).toMatchObject({
      code: 0,
      stdout: "Stopped service hop of node n1\n",
    });
    await cli.ok("node restart n1");
    expect(await cli.ok("service list --at n1 --jq .[].addr")).not.toContain("hop");
  });
});
