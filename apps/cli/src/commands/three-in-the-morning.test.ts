import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { type Culvert, collect, culvert, type ShownNode, untilText } from "../../test-support/culvert.js";
import type { EventRecord } from "../events/node-event.js";

const serverText = `
const server = require("node:net").createServer((socket) => socket.on("error", () => {}).pipe(socket));
server.listen(Number(process.argv[1]), "127.0.0.1", () => console.log(server.address().port));
`;

/** A server of its own process, which can be killed. */
async function target(port = 0): Promise<{ port: number; kill(): Promise<void> }> {
  const child: ChildProcess = spawn(process.execPath, ["-e", serverText, String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return {
    port: Number(line),
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** What a visitor gets: the echo, or the code of the error. */
function visit(where: string): Promise<string> {
  const [host = "", port] = where.split(":");
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    let text = "";
    socket.on("data", (bytes) => (text += bytes)).on("end", () => resolve(text));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    socket.end("hello");
  });
}

type Seen = EventRecord & Readonly<Record<string, unknown>> & { readonly node: string };

/** The events that a running `events --follow` prints. */
function follow(cli: Culvert): { events: Seen[]; end(): Promise<unknown> } {
  const child = cli.start("events --follow --output json");
  const events: Seen[] = [];
  let rest = "";
  child.stdout?.on("data", (bytes) => {
    const lines = (rest + String(bytes)).split("\n");
    rest = lines.pop() ?? "";
    events.push(...lines.map((line) => JSON.parse(line) as Seen));
  });
  const ended = collect(child);
  return {
    events,
    end: () => {
      child.kill("SIGINT");
      return ended;
    },
  };
}

async function metrics(cli: Culvert, node: string): Promise<string> {
  const { http_server_address } = await cli.json<ShownNode>(["node", "show", node]);
  return (await fetch(`http://${http_server_address}/metrics`)).text();
}

async function problems(cli: Culvert): Promise<readonly { subject: string; detail: string; mend: string }[]> {
  const { stdout } = await cli.run("doctor --output json");
  return (JSON.parse(stdout) as { status: string; subject: string; detail: string; mend: string }[]).filter(
    ({ status }) => status === "problem",
  );
}

describe("a target that is killed at night", { timeout: 120_000 }, () => {
  it("is told of everywhere within a second of a visitor, with the reason, and again when it is back", async () => {
    await using cli = await culvert();
    const first = await target();
    for (const node of ["n1", "n2", "n3"]) await cli.ok(["node", "create", node, "--http-server"]);
    await cli.ok("relay create n3 --at n2 --to n3");
    await cli.ok(`tcp-outlet create --at n3 --to ${first.port}`);
    const where = await cli.ok("tcp-inlet create web --at n1 --to outlet --via n3");
    const { events, end } = follow(cli);
    expect(await visit(where)).toBe("hello");
    const ended = (node: string): Seen | undefined =>
      events.find((event) => event.event === "visitor-ended" && event.node === node);
    await expect.poll(() => [ended("n1"), ended("n3")], { timeout: 10_000 }).not.toContain(undefined);
    expect(ended("n1")).toMatchObject({
      name: "web",
      bytes_to_target: 5,
      bytes_to_visitor: 5,
      level: "info",
    });
    // One id follows the visitor, and the log of the node has the same record.
    expect(ended("n3")).toMatchObject({
      visitor: ended("n1")?.visitor,
      from: ended("n1")?.from,
      name: "outlet",
    });
    const { node: _node, ...record } = ended("n3") as Seen;
    const logged = await cli.ok([
      "node",
      "logs",
      "n3",
      "--visitor",
      String(record.visitor),
      "--output",
      "json",
    ]);
    expect(JSON.parse(logged)).toMatchObject({ ...record, time: expect.any(String) });

    // What passed is told of everywhere, also by the relay in between.
    expect(await metrics(cli, "n2")).toMatch(
      /^culvert_relayed_bytes_total\{name="n3",node="n2"\} [1-9]\d*$/m,
    );
    for (const node of ["n1", "n2", "n3"]) {
      expect(await metrics(cli, node)).toMatch(
        /^culvert_peer_bytes\{peer="tcp#127\.0\.0\.1",direction="in",node="n\d"\} [1-9]\d*$/m,
      );
    }

    await first.kill();
    events.length = 0;
    const killedAt = Date.now();
    expect(await visit(where)).toBe("ECONNRESET");
    const found = (event: string, node: string): Seen | undefined =>
      events.find((one) => one.event === event && one.node === node);
    await expect.poll(() => [found("down", "n1"), found("down", "n3")]).not.toContain(undefined);
    for (const node of ["n1", "n3"]) {
      const down = found("down", node) as Seen;
      expect(down).toMatchObject({
        level: "warn",
        code: "TARGET_REFUSED",
        reason: expect.stringContaining("refuses"),
      });
      expect(Date.parse(down.time) - killedAt).toBeLessThan(1000);
    }
    const reason = `TARGET_REFUSED: Cannot connect to target "127.0.0.1:${first.port}": it refuses connections`;
    const seen = { status: "Down", last_failure: reason, last_failure_at: expect.any(String) };
    expect(await cli.json("tcp-inlet show web --at n1")).toMatchObject(seen);
    expect(await cli.json("tcp-outlet show outlet --at n3")).toMatchObject(seen);
    const status = await cli.ok("status --output plain");
    expect(status).toMatch(/tcp connection to 127\.0\.0\.1:\d+ {2}Up {2}in \S+ \S+, out \S+ \S+/);
    expect(status).toMatch(/relay n3 at .* Up {2}\d+ messages, /);
    expect(status).toMatch(
      /inlet web: .* Down .*\n {4}since \S+: TARGET_REFUSED: .*, the last time at \S+\n {4}try: See that the target runs/,
    );
    expect(status).toMatch(/outlet \/service\/outlet .* Down /);
    expect(await problems(cli)).toEqual([
      expect.objectContaining({ subject: "node n1, inlet web", detail: expect.stringContaining(reason) }),
      expect.objectContaining({
        subject: "node n3, outlet /service/outlet",
        detail: expect.stringContaining(reason),
      }),
    ]);
    expect(await metrics(cli, "n1")).toMatch(
      /^culvert_portal_up\{resource="tcp-inlet",name="web",node="n1"\} 0$/m,
    );
    expect(await metrics(cli, "n3")).toMatch(
      /^culvert_portal_up\{resource="tcp-outlet",name="outlet",node="n3"\} 0$/m,
    );

    const second = await target(first.port);
    const backAt = Date.now();
    await expect
      .poll(() => [found("back", "n1"), found("back", "n3")], { timeout: 10_000 })
      .not.toContain(undefined);
    // Half a second for the look, and what a busy machine takes.
    for (const node of ["n1", "n3"]) {
      expect(Date.parse((found("back", node) as Seen).time) - backAt).toBeLessThan(2000);
    }
    expect(await cli.json("tcp-inlet show web --at n1")).toMatchObject({
      status: "Up",
      last_failure: reason,
    });
    expect(await problems(cli)).toEqual([]);
    expect(await metrics(cli, "n1")).toMatch(
      /^culvert_portal_up\{resource="tcp-inlet",name="web",node="n1"\} 1$/m,
    );
    expect(await metrics(cli, "n1")).toMatch(
      /^culvert_visitors_failed_total\{resource="tcp-inlet",name="web",node="n1"\} 1$/m,
    );
    expect(await visit(where)).toBe("hello");
    expect(await end()).toMatchObject({ code: 0, stderr: "" });
    await second.kill();
  });

  it("is told of without a visitor where the outlet is to look at it", async () => {
    await using cli = await culvert();
    const server = await target();
    await cli.ok("node create n1");
    await cli.ok(`tcp-outlet create --to ${server.port} --check-interval 200ms`);
    const child = cli.start("node logs n1 --follow --level warn --resource outlet");
    const ended = collect(child);
    await server.kill();
    await untilText(child.stdout, /Down: tcp-outlet outlet.*TARGET_REFUSED/);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0 });
  });
});
