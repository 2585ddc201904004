import { describe, expect, it } from "vitest";
import { startFaultyTcp } from "./harness/faulty-tcp.js";
import { longTestMs } from "./harness/limits.js";
import { freePort } from "./harness/ports.js";
import { killProcess } from "./harness/processes.js";
import { eventually } from "./harness/waiting.js";
import { openWorkspace, type Workspace } from "./harness/workspace.js";

/** How soon a relay must be reachable again, in milliseconds: "seconds, not half a minute". */
const returnMs = 8_000;

interface RelayView {
  readonly connection_status: string;
  readonly remote_address: string;
}

const overRelay = "/node/n2/service/forward_to_n3/service/uppercase";

async function reaches({ run }: Workspace): Promise<boolean> {
  const { code, stdout } = await run(`message send hello --to ${overRelay} --timeout 2s`);
  return code === 0 && stdout === "HELLO\n";
}

describe("a relay", { timeout: longTestMs }, () => {
  it("has the wanted name, can be listed at both ends, and is gone at once when deleted [relay-name] [relay-list] [relay-release]", async () => {
    const workspace = openWorkspace();
    const { run, ok, json, createNode } = workspace;
    for (const name of ["n2", "n3"]) await createNode(name);
    expect(await ok("relay create n3 --at n2 --to n3")).toBe("/service/forward_to_n3");
    expect(await ok("relay create --at n2 --to n3")).toBe("/service/forward_to_default");
    const listed = async (node: string): Promise<string[]> =>
      (await json<RelayView[]>(`relay list --to ${node}`)).map((relay) => relay.remote_address).sort();
    for (const node of ["n2", "n3"])
      expect(await listed(node)).toEqual(["forward_to_default", "forward_to_n3"]);
    expect(await reaches(workspace)).toBe(true);
    await ok("relay delete n3 --at n3 --yes");
    const { code, stderr } = await run(`message send x --to ${overRelay}`);
    expect([code, stderr]).toEqual([69, expect.stringContaining("forward_to_n3")]);
    expect(await listed("n2")).toEqual(["forward_to_default"]);
  });

  it("keeps its name for an owner who is away when its node is killed or the owner stops, and frees it when it is deleted [relay-owner] [relay-release]", async () => {
    const workspace = openWorkspace();
    const { run, ok, createNode } = workspace;
    const { pid } = await createNode("n2");
    for (const name of ["n3", "n4"]) await createNode(name);
    await ok("relay create n3 --at n2 --to n3");
    const steal = async (): Promise<string> => (await run("relay create n3 --at n2 --to n4")).stderr;
    await ok("node stop n3");
    expect(await steal()).toMatch(/somebody else holds the name/);
    killProcess(pid);
    await ok("node start n2");
    expect(await steal()).toMatch(/somebody else holds the name/);
    await ok("node start n3");
    await eventually("n3 is reachable", () => reaches(workspace), returnMs);
    await ok("node delete n3 --yes");
    expect(await ok("relay create n3 --at n2 --to n4")).toBe("/service/forward_to_n3");
  });

  it("goes to its owner at once, also while the old connection still looks alive [relay-owner]", async () => {
    const workspace = openWorkspace();
    const { ok, createNode, tcpPort } = workspace;
    await createNode("n2");
    const { pid } = await createNode("n3");
    const wire = await startFaultyTcp(await tcpPort("n2"));
    await ok(`relay create n3 --at /ip4/127.0.0.1/tcp/${wire.port} --to n3`);
    wire.freeze();
    killProcess(pid);
    await ok("node start n3");
    await eventually("n3 is reachable", () => reaches(workspace), returnMs);
  });

  it("can be created while the far end is down, says so, and heals [relay-late] [relay-heal]", async () => {
    const workspace = openWorkspace();
    const { run, json, createNode } = workspace;
    await createNode("n3");
    const port = await freePort();
    const created = await run(`relay create n3 --at /ip4/127.0.0.1/tcp/${port} --to n3`);
    expect(created).toMatchObject({ code: 0, stdout: "/service/forward_to_n3\n" });
    expect(created.stderr).toMatch(/not up yet|down/i);
    const status = async () => (await json<RelayView[]>("relay list --to n3"))[0]?.connection_status;
    expect(await status()).toBe("Down");
    await createNode("n2", `--tcp-listener-address=127.0.0.1:${port}`);
    await eventually("the relay is up", async () => (await status()) === "Up");
    expect(await reaches(workspace)).toBe(true);
  });
});
