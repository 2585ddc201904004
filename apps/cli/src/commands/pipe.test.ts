import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, collect, culvert, untilText } from "../../test-support/culvert.js";

const timeout = 60_000;

describe("pipe", { timeout }, () => {
  let cli: Culvert;
  const servers: Server[] = [];

  /** An outlet of node n3 whose target treats each connection so. */
  async function outlet(name: string, onVisitor: (socket: Socket) => void): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => onVisitor(socket.on("error", () => {})));
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    await cli.ok(`tcp-outlet create --at n3 --from ${name} --to ${port}`);
  }

  beforeAll(async () => {
    cli = await culvert();
    for (const node of ["n1", "n2", "n3"]) await cli.ok(`node create ${node}`);
    await cli.ok("relay create n3 --at n2 --to n3");
    await outlet("loop", (socket) => void socket.pipe(socket));
    await cli.ok("tcp-outlet create --at n3 --from dead --to 1");
  }, timeout);

  afterAll(async () => {
    for (const server of servers) server.close();
    await cli[Symbol.asyncDispose]();
  }, timeout);

  const ways = ["loop --via n3", "loop --via n3 --from n1", "/node/n2/service/forward_to_n3/service/loop"];

  it.each(ways)("%s carries both directions byte by byte, and ends when both have", async (way) => {
    const input = "\0✔\n".repeat(300_000);
    const run = await cli.run(`pipe ${way}`, { input });
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(run.stdout === input).toBe(true);
  });

  it("tells its reader of the end of the target at once, and goes on to send", async () => {
    let got = "";
    await outlet("speaker", (socket) => {
      socket.end("hello");
      socket.setEncoding("utf8").on("data", (text: string) => {
        got += text;
      });
    });
    for (const from of ["", "--from n1"]) {
      got = "";
      const child = cli.start(`pipe speaker --via n3 ${from}`);
      const ended = collect(child);
      await once(child.stdout ?? child, "end");
      child.stdin?.end("still here");
      expect(await ended).toEqual({ code: 0, stdout: "hello", stderr: "" });
      expect(got).toBe("still here");
    }
  });

  it.each([
    ["dead --via n3", "TARGET_REFUSED", /Check that the target program runs/],
    ["dead --via n3 --from n1", "TARGET_REFUSED", /Check that the target program runs/],
    [
      "nope --via n3",
      "WORKER_NOT_FOUND",
      /behind \/node\/n2\/service\/forward_to_n3[\s\S]+culvert route trace/,
    ],
    [
      "/service/nope --from n1",
      "WORKER_NOT_FOUND",
      /on node n1[\s\S]+culvert route trace \/service\/nope --from n1/,
    ],
    ["/ip4/127.0.0.1/tcp/1/service/echo", "CONNECTION_REFUSED", /nobody listens there/],
    ["/node/n9/service/echo", "NODE_NOT_FOUND", /not found/],
  ])("%s ends with 69 and %s", async (way, code, message) => {
    const run = await cli.run(`pipe ${way}`, { input: "hello" });
    expect(run).toMatchObject({ code: 69, stdout: "", stderr: expect.stringMatching(message) });
    expect(run.stderr).toContain(`code: ${code}`);
  });

  it("tells a stream that was cut short from one that ended", async () => {
    await outlet("cut", (socket) => {
      socket.once("data", () => socket.write("half", () => socket.resetAndDestroy()));
    });
    for (const from of ["", "--from n1"]) {
      const run = await cli.run(`pipe cut --via n3 ${from}`, { input: "x" });
      expect([run.code, run.stderr]).toEqual([70, expect.stringContaining("STREAM_RESET")]);
    }
  });

  it("resets the stream when it is interrupted", async () => {
    let end: Promise<unknown> | undefined;
    await outlet("watch", (socket) => {
      end = new Promise((resolve) => socket.once("close", () => resolve("closed")));
      socket.write("hello");
    });
    for (const from of ["", "--from n1"]) {
      const child = cli.start(`pipe watch --via n3 ${from}`);
      const ended = collect(child);
      await untilText(child.stdout, /hello/);
      child.kill("SIGINT");
      expect(await ended).toMatchObject({ code: 130, stderr: expect.stringContaining("ABORTED") });
      expect(await end).toBe("closed");
    }
  });
});
