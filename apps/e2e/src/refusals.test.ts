import { describe, expect, it } from "vitest";
import { longTestMs, promptErrorMs } from "./harness/limits.js";
import { portOf } from "./harness/ports.js";
import { eventually } from "./harness/waiting.js";
import { openWorkspace, type Workspace } from "./harness/workspace.js";

/** Sends a message that cannot arrive, and expects to hear so at once: beyond what a message takes that arrives. */
async function sendInVain(
  { run }: Workspace,
  to: string,
  exit: number,
  ...says: readonly string[]
): Promise<void> {
  const usual = await run("message send hello --from n1 --to /service/echo");
  const result = await run(`message send x --from n1 --to ${to}`);
  expect(result).toMatchObject({ code: exit, stdout: "" });
  for (const each of says) expect(result.stderr).toContain(each);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  expect(result.tookMs - usual.tookMs).toBeLessThan(promptErrorMs);
}

async function openNodes(...names: readonly string[]): Promise<Workspace> {
  const workspace = openWorkspace();
  for (const name of names) await workspace.createNode(name);
  return workspace;
}

describe("a message that cannot be delivered", { timeout: longTestMs }, () => {
  it("names the hop, whose name is compared as bytes [refusal-precise] [address-bytes]", async () => {
    const workspace = await openNodes("n1", "n2");
    await sendInVain(workspace, "/node/n2/service/Echo", 69, "WORKER_NOT_FOUND", "Echo");
    await sendInVain(workspace, "/node/n9/service/echo", 69, "n9");
    await sendInVain(workspace, "/service/echo --from n9", 69, "n9");
  });

  it("is refused when its route ends too early, or is too big for a leg [refusal-too-big]", async () => {
    const workspace = await openNodes("n1", "n2");
    const { ok } = workspace;
    await ok("service start hop --at n2");
    const twenty = `/node/n2${"/service/hop".repeat(20)}`;
    expect(await ok(`message send hello --from n1 --to ${twenty}/service/echo`)).toBe("hello");
    await sendInVain(workspace, twenty, 69, "ROUTE_ENDED");
    const listener = portOf(await ok("udp-listener create 127.0.0.1:0 --at n2"));
    const connection = await ok(`udp-connection create --from n1 --to 127.0.0.1:${listener}`);
    const hop = connection.replace("/worker/", "");
    const { code, stderr } = await workspace.run(
      `message send ${"x".repeat(120_000)} --from n1 --to ${connection}/service/echo`,
    );
    expect([code, stderr]).toEqual([70, expect.stringContaining("MESSAGE_TOO_LARGE")]);
    expect(stderr).toContain(hop);
  });

  it("is refused at once while a connection on its way is down [refusal-down] [refusal-precise]", async () => {
    const workspace = await openNodes("n1", "n2", "n3");
    const { ok, run, tcpPort } = workspace;
    await ok("relay create n3 --at n2 --to n3");
    const connection = await ok(`tcp-connection create --from n1 --to 127.0.0.1:${await tcpPort("n2")}`);
    const says = async (hops: string, word: string): Promise<boolean> =>
      (await run(`message send x --from n1 --to ${connection}${hops}/service/echo`)).stderr.includes(word);
    await ok("node stop n3");
    await eventually("the relay says that n3 is away", () => says("/service/forward_to_n3", "forward_to_n3"));
    await ok("node stop n2");
    await eventually("n1 noticed", () => says("", "CONNECTION_DOWN"));
    const hop = connection.replace("/worker/", "");
    await sendInVain(workspace, `${connection}/service/echo`, 69, "CONNECTION_DOWN", hop);
  });
});

describe("usage errors", { timeout: longTestMs }, () => {
  it.each([
    "message send x --to /alice/service",
    "message send x --to alice/relay",
    "message send x",
    "tcp-connection create --from n1 --to 127.0.0.1",
    "tcp-connection create --from n1 --to 127.0.0.1:65536",
    "no-such-noun create",
    "node create n1 --no-such-option",
  ])("%s exits with 64 and says why on standard error only [refusal-precise]", async (line) => {
    const { code, stdout, stderr } = await openWorkspace().run(line);
    expect([code, stdout]).toEqual([64, ""]);
    expect(stderr.length).toBeGreaterThan(10);
  });
});
