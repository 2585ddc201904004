import { describe, expect, it } from "vitest";
import { eventually } from "./harness/eventually.js";
import { longTestMs, promptErrorMs } from "./harness/limits.js";
import { portOf } from "./harness/ports.js";
import type { CommandResult } from "./harness/run-command.js";
import { openWorkspace, type Workspace } from "./harness/workspace.js";

/** How long the machine takes now for a command that succeeds, in milliseconds: what is above that is the wait for the error. */
async function usualMs({ run }: Workspace): Promise<number> {
  return (await run(["message", "send", "hello", "--from", "n1", "--to", "/service/echo"])).tookMs;
}

/** Sends a message that cannot arrive, and expects to hear so at once. */
async function sendInVain(
  workspace: Workspace,
  route: string,
  expected: { readonly code: string; readonly exit: number; readonly hop?: string },
  message = "hello",
): Promise<CommandResult> {
  const { run } = workspace;
  const usual = await usualMs(workspace);
  const result = await run(["message", "send", message, "--from", "n1", "--to", route]);
  expect(result).toMatchObject({ code: expected.exit, stdout: "" });
  expect(result.stderr).toContain(expected.code);
  if (expected.hop !== undefined) expect(result.stderr).toContain(expected.hop);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  expect(result.tookMs - usual).toBeLessThan(promptErrorMs);
  return result;
}

async function twoNodes(): Promise<Workspace> {
  const workspace = openWorkspace();
  for (const name of ["n1", "n2"]) await workspace.createNode(name);
  return workspace;
}

describe("a message that cannot be delivered", () => {
  it(
    "names the unknown hop, here and far away [refusal-unknown] [refusal-precise] [address-bytes]",
    async () => {
      const workspace = await twoNodes();
      await sendInVain(workspace, "/service/nobody", { code: "WORKER_NOT_FOUND", exit: 69, hop: "nobody" });
      await sendInVain(workspace, "/node/n2/service/nobody", {
        code: "WORKER_NOT_FOUND",
        exit: 69,
        hop: "nobody",
      });
      // Names are bytes: no case is folded.
      await sendInVain(workspace, "/node/n2/service/Echo", {
        code: "WORKER_NOT_FOUND",
        exit: 69,
        hop: "Echo",
      });
      const relayed = { code: "WORKER_NOT_FOUND", exit: 69, hop: "forward_to_nobody" };
      await sendInVain(workspace, "/node/n2/service/forward_to_nobody/service/echo", relayed);
    },
    longTestMs,
  );

  it(
    "is an error at once when the node in its route does not exist",
    async () => {
      const workspace = await twoNodes();
      const { run } = workspace;
      const usual = await usualMs(workspace);
      for (const args of [
        ["message", "send", "x", "--to", "/node/n9/service/echo"],
        ["message", "send", "x", "--from", "n9", "--to", "/service/echo"],
      ]) {
        const result = await run(args);
        expect(result).toMatchObject({ code: 69, stdout: "" });
        expect(result.stderr).toContain("n9");
        expect(result.tookMs - usual).toBeLessThan(promptErrorMs);
      }
    },
    longTestMs,
  );

  it(
    "is refused when its route is too long, or ends too early [refusal-too-long]",
    async () => {
      const workspace = await twoNodes();
      const { ok, run } = workspace;
      await ok("service start hop --at n2");
      const hops = (count: number): string => `/node/n2${"/service/hop".repeat(count)}/service/echo`;
      expect(await ok(`message send hello --from n1 --to ${hops(20)}`)).toBe("hello");
      const tooLong = await run(["message", "send", "x", "--from", "n1", "--to", hops(1_000)]);
      expect(tooLong).toMatchObject({ stdout: "" });
      expect(tooLong.code).not.toBe(0);
      expect(tooLong.stderr).toContain("ROUTE_TOO_LONG");
      await sendInVain(workspace, "/node/n2/service/hop", { code: "ROUTE_ENDED", exit: 69 });
    },
    longTestMs,
  );

  it(
    "is refused when it is too big for a leg of its way [refusal-too-big]",
    async () => {
      const workspace = await twoNodes();
      const { ok } = workspace;
      const listener = await ok("udp-listener create 127.0.0.1:0 --at n2");
      const connection = await ok(`udp-connection create --from n1 --to 127.0.0.1:${portOf(listener)}`);
      const expected = { code: "MESSAGE_TOO_LARGE", exit: 70, hop: connection.replace("/worker/", "") };
      await sendInVain(workspace, `${connection}/service/echo`, expected, "x".repeat(120_000));
    },
    longTestMs,
  );

  it(
    "is refused at once while a connection on its way is down [refusal-down] [refusal-precise]",
    async () => {
      const workspace = await twoNodes();
      const { ok, createNode, tcpPort } = workspace;
      await createNode("n3");
      await ok("relay create n3 --at n2 --to n3");
      const connection = await ok(`tcp-connection create --from n1 --to 127.0.0.1:${await tcpPort("n2")}`);
      await ok("node stop n3");
      await eventually("the relay says that n3 is away", async () => {
        const route = `${connection}/service/forward_to_n3/service/echo`;
        const { code, stderr } = await workspace.run(["message", "send", "x", "--from", "n1", "--to", route]);
        return code === 69 && /forward_to_n3/.test(stderr);
      });
      await ok("node stop n2");
      const expected = { code: "CONNECTION_DOWN", exit: 69, hop: connection.replace("/worker/", "") };
      await eventually("n1 noticed", async () =>
        (
          await workspace.run(["message", "send", "x", "--from", "n1", "--to", `${connection}/service/echo`])
        ).stderr.includes("CONNECTION_DOWN"),
      );
      await sendInVain(workspace, `${connection}/service/echo`, expected);
    },
    longTestMs,
  );
});

describe("usage errors", () => {
  it.each([
    [["message", "send", "x", "--to", "/alice/service"]],
    [["message", "send", "x", "--to", "alice/relay"]],
    [["message", "send", "x"]],
    [["tcp-connection", "create", "--from", "n1", "--to", "127.0.0.1"]],
    [["tcp-connection", "create", "--from", "n1", "--to", "127.0.0.1:65536"]],
    [["no-such-noun", "create"]],
    [["node", "create", "n1", "--no-such-option"]],
  ])("%j exits with 64 and says why on standard error only [refusal-precise]", async (args) => {
    const { run } = openWorkspace();
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([64, ""]);
    expect(stderr.length).toBeGreaterThan(10);
  });
});
