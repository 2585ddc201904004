import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert } from "../../../test-support/culvert.js";

const timeout = 60_000;

describe("message send", { timeout }, () => {
  let cli: Culvert;

  beforeAll(async () => {
    cli = await culvert();
    await cli.ok("node create n2");
    await cli.ok("node create n1");
  }, timeout);

  afterAll(() => cli[Symbol.asyncDispose](), timeout);

  it("prints the reply and nothing else", async () => {
    const run = await cli.run("message send hello --from n1 --to /node/n2/service/uppercase");
    expect(run).toEqual({ code: 0, stdout: "HELLO\n", stderr: "" });
    expect(await cli.ok("message send - --from /node/n1 --to /service/echo")).toBe("-");
    expect(await cli.json("message send hello --from n1 --to /service/echo")).toBe("hello");
  });

  it("sends from a temporary node when none is named", async () => {
    expect(await cli.ok("message send hello --to /node/n2/service/uppercase")).toBe("HELLO");
    expect(await cli.json("node list")).toHaveLength(2);
  });

  it("gives terminals no control characters of a reply, and scripts all of it", async () => {
    const reply = "\u001b]0;owned\u0007\r\u202ehi\nthere";
    const line = ["message", "send", reply, "--from", "n1", "--to", "/service/echo"];
    expect(await cli.run(line)).toMatchObject({ stdout: `${reply}\n` });
    expect(await cli.run([...line, "--output", "plain"])).toMatchObject({
      stdout: " ]0;owned   hi\nthere\n",
    });
    expect(await cli.json(line)).toBe(reply);
  });

  it("takes hex digits with --hex", async () => {
    expect(await cli.ok("message send 00ff --hex --from n1 --to /service/echo")).toBe("00ff");
    expect((await cli.run("message send abc --hex --from n1 --to /service/echo")).code).toBe(64);
  });

  it("reads a route from standard input where the route has a dash", async () => {
    const input = "/service/uppercase\n";
    expect(await cli.ok("message send hi --to /node/n2/-", { input })).toBe("HI");
    expect(await cli.ok("message send hi --from n2 --to -", { input })).toBe("HI");
    expect((await cli.run("message send hi --to /node/n2/-", { input: "" })).code).toBe(64);
  });

  it.each([
    ["--from n1 --to /node/n2/service/nobody", 69, "WORKER_NOT_FOUND"],
    ["--to /node/n2/service/nobody", 69, "WORKER_NOT_FOUND"],
    ["--from n9 --to /service/echo", 69, "NODE_NOT_FOUND"],
    ["--from n1 --to /node/n9/service/echo", 69, "NODE_NOT_FOUND"],
    ["--from n1 --to /ip4/127.0.0.1/tcp/1/service/echo", 69, "CONNECTION_REFUSED"],
    ["--to /ip4/127.0.0.1/tcp/1/service/echo", 69, "CONNECTION_REFUSED"],
    ["--from n1 --to alice/relay", 64, "USAGE_INVALID"],
    ["--from n1 --to /alice/service", 64, "USAGE_INVALID"],
    ["--from n1 --to /node/n2", 64, "USAGE_INVALID"],
    [`--from n1 --to ${"/service/hop".repeat(65)}`, 64, "ROUTE_TOO_LONG"],
    ["--from n1", 64, "USAGE_INVALID"],
  ])("%s ends with %i %s", async (args, code, name) => {
    const run = await cli.run(`message send hello ${args}`);
    expect(run).toMatchObject({ code, stdout: "" });
    expect(run.stderr).toContain(`code: ${name}`);
    expect(run.stderr).not.toContain("    at ");
  });
});
