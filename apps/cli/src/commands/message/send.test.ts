import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert } from "../../../test-support/culvert.js";
import { temporaryFolder } from "../../../test-support/temporary-folder.js";

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

  it("takes the message from standard input or a file, up to 1 MiB, and byte by byte", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "letter");
    await writeFile(file, "a\nb ✔");
    const to = ["--from", "n1", "--to", "/node/n2/service/echo"];
    expect(await cli.run(["message", "send", `@${file}`, ...to])).toMatchObject({ stdout: "a\nb ✔\n" });
    const input = "x".repeat(2 ** 20);
    expect(await cli.run(["message", "send", "-", ...to], { input })).toMatchObject({ stdout: `${input}\n` });
    const larger = await cli.run(["message", "send", "-", ...to], { input: `${input}x` });
    expect(larger).toMatchObject({
      code: 70,
      stdout: "",
      stderr: expect.stringMatching(/1048576[\s\S]+try: .+pipe[\s\S]+MESSAGE_TOO_LARGE/),
    });
    expect(await cli.ok(["message", "send", "-", "--hex", ...to], { input: "00FF\n" })).toBe("00ff");
    for (const text of ["-", "@nobody"])
      expect(await cli.ok(["message", "send", text, "--literal", ...to])).toBe(text);
    for (const line of [
      ["message", "send", "@/nowhere/x", ...to],
      ["message", "send", "-", "--to", "/node/n2/-"],
    ]) {
      expect(await cli.run(line, { input: "/service/echo" })).toMatchObject({ code: 64, stdout: "" });
    }
  });

  it("gives the reply to --jq as a text", async () => {
    expect(await cli.ok("message send hello --to /node/n2/service/uppercase --jq .")).toBe("HELLO");
    expect(await cli.ok("message send hello --to /node/n2/service/uppercase --jq length")).toBe("5");
  });

  it("tells where a hop is missing, and how to find out more", async () => {
    await cli.ok("relay create n1 --at n2 --to n1");
    const missing = async (args: string): Promise<string> =>
      (await cli.run(`message send hi ${args}`)).stderr;
    const deep = "/node/n2/service/forward_to_n1/service/nope";
    expect(await missing(`--from n1 --to ${deep}`)).toBe(
      `error: Cannot deliver to "nope": no such worker behind /node/n2/service/forward_to_n1\n  try: See where the route ends with \`culvert route trace ${deep} --from n1\`\n  code: WORKER_NOT_FOUND\n`,
    );
    expect(await missing("--to /node/n2/service/nope/service/echo")).toContain("no such worker on node n2\n");
    expect(await missing("--from n1 --to /service/nope")).toContain("no such worker on node n1\n");
    expect(await missing("--to /service/nope")).toContain("no such worker in the command\n");
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
