import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert, type ShownNode } from "../../test-support/culvert.js";
import { until } from "../../test-support/runtimes.js";
import type { Check } from "../doctor/check.js";

const timeout = 60_000;

describe("nodes over WebSockets", { timeout }, () => {
  let cli: Culvert;
  let path: string;

  beforeAll(async () => {
    cli = await culvert();
    await cli.ok("node create n1");
    await cli.ok("node create n2 --ws-listener-address 127.0.0.1:0/culvert --limit ws-trusted-proxies=1");
    const [listener] = await cli.json<{ socket_addr: string }[]>("ws-listener list --at n2");
    expect(listener?.socket_addr).toMatch(/^127\.0\.0\.1:\d+\/culvert$/);
    path = `/ws/${listener?.socket_addr.replace("/", "%2F")}`;
  }, timeout);

  afterAll(() => cli[Symbol.asyncDispose](), timeout);

  it("meet at a path, which routes, traces and listeners show alike", async () => {
    expect(await cli.ok(`message send hi --to ${path}/service/uppercase`)).toBe("HI");
    expect(await cli.ok(`route trace ${path}/service/echo --output json --jq .[0].hop`)).toContain(path);
    expect(await cli.ok(["ws-listener", "create", "127.0.0.1:0", "--at", "n2"])).toMatch(
      /^\/ws\/127\.0\.0\.1:\d+$/,
    );
    const open = await cli.run("ws-listener create 0.0.0.0:0/x --at n2");
    expect(open.stdout).toMatch(/^\/ws\/localhost:\d+%2Fx\n$/);
    expect(open.stderr).toContain("warning: ");
    const subject = expect.stringMatching(/^node n2, WebSocket listener |^node n2, ws listener 127/);
    expect(await cli.json<Check[]>("doctor")).toContainEqual(
      expect.objectContaining({ subject, status: "ok" }),
    );
  });

  it("do not listen over TLS themselves, and dial it", async () => {
    expect((await cli.run("wss-listener create 127.0.0.1:0 --at n2")).code).toBe(64);
    const run = await cli.run(`message send hi --to ${path.replace("/ws/", "/wss/")}/service/uppercase`);
    expect(run.stderr).toContain("HANDSHAKE_FAILED");
  });

  it.each(["127.0.0.1:99999", "/node/n2", "a b", "127.0.0.1:0"])("refuse %s as a place", async (to) => {
    expect((await cli.run(["ws-connection", "create", "--from", "n1", "--to", to])).code).toBe(64);
  });

  it("notice a peer that is stopped, and go on when it is not", async () => {
    const worker = await cli.ok(["ws-connection", "create", "--from", "n1", "--to", path]);
    const status = async (): Promise<string | undefined> =>
      (await cli.json<{ status: string }>(`ws-connection show ${worker} --at n1`)).status;
    expect(await status()).toBe("Up");
    const { pid } = await cli.json<ShownNode>("node show n2");
    process.kill(pid as number, "SIGSTOP");
    const before = performance.now();
    try {
      await until(async () => (await status()) === "Down");
      // The dead-peer time, and what commands take to tell.
      expect(performance.now() - before).toBeLessThan(7_500 + 4_000);
    } finally {
      process.kill(pid as number, "SIGCONT");
    }
    await until(async () => (await status()) === "Up");
    expect(await cli.ok(`message send hi --from n1 --to ${worker}/service/uppercase`)).toBe("HI");
  });

  it("listen again when they start again", async () => {
    await cli.ok("node stop n2");
    await cli.ok("node start n2");
    expect(await cli.ok(`message send hi --to ${path}/service/uppercase`)).toBe("HI");
  });
});
