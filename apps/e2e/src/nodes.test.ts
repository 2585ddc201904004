import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exchange } from "./harness/clients.js";
import { longTestMs } from "./harness/limits.js";
import { portOf } from "./harness/ports.js";
import { hasProc, isRunning, killProcess, processesOf } from "./harness/processes.js";
import { startEchoTarget } from "./harness/targets.js";
import { eventually } from "./harness/waiting.js";
import { type NodeView, openWorkspace, type Workspace } from "./harness/workspace.js";

const worldAndGroup = 0o077;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path));
}

describe("a node's process", { timeout: longTestMs }, () => {
  it("is controlled over a socket that only its owner can open [node-control]", async () => {
    const { home, createNode } = openWorkspace();
    await createNode("n1");
    const sockets = filesBelow(home).filter((path) => statSync(path).isSocket());
    expect(sockets).toHaveLength(1);
    for (const path of sockets) expect(statSync(path).mode & worldAndGroup).toBe(0);
  });

  it("has everything again after kill -9 and start [node-restore] [tcp-reconnect]", async () => {
    const workspace = openWorkspace();
    const { ok, createNode } = workspace;
    const target = await startEchoTarget();
    const pids = new Map<string, number>();
    for (const name of ["n2", "n3", "n1"]) pids.set(name, (await createNode(name)).pid);
    await ok("service start hop --at n3");
    await ok("relay create n3 --at n2 --to n3");
    await ok(`tcp-outlet create --at n3 --to 127.0.0.1:${target.port}`);
    const connection = await ok(
      `tcp-connection create --from n1 --to 127.0.0.1:${await workspace.tcpPort("n2")}`,
    );
    const listener = await ok("tcp-listener create 127.0.0.1:0 --at n1");
    const route = `${connection}/service/forward_to_n3/service/hop`;
    const inlet = await ok(`tcp-inlet create web --at n1 --to ${route}/service/outlet`);
    const works = async (): Promise<boolean> =>
      (await ok(`message send hello --from n1 --to ${route}/service/uppercase`)) === "HELLO" &&
      String(await exchange(portOf(inlet), Buffer.from("ping"))) === "ping";
    await eventually("everything works", works);

    const before = await describeNodes(workspace);
    for (const name of pids.keys()) {
      killProcess(pids.get(name) as number);
      await eventually(`${name} is gone`, () => !isRunning(pids.get(name) as number));
      await ok(`node start ${name}`);
      await eventually(`everything works after the restart of ${name}`, works);
    }
    expect(await describeNodes(workspace)).toEqual(before);
    expect(await ok("tcp-listener list --at n1 --output json")).toContain(String(portOf(listener)));
  });

  it("takes many commands at once [node-concurrent]", async () => {
    const { ok, json, createNode } = openWorkspace();
    await createNode("n1");
    const addresses = Array.from({ length: 6 }, (_, index) => `outlet-${index}`);
    await Promise.all(
      addresses.map((address) => ok(`tcp-outlet create --at n1 --from ${address} --to 127.0.0.1:9`)),
    );
    const list = await json<{ from: string }[]>("tcp-outlet list --at n1");
    expect(list.map(({ from }) => from.replace("/service/", "")).sort()).toEqual(addresses);
  });

  it("is created once when two commands create it at once [node-concurrent]", async () => {
    const { home, run, json } = openWorkspace();
    const results = await Promise.all([run(["node", "create", "twin"]), run(["node", "create", "twin"])]);
    expect(results.map(({ code }) => code).sort()).toEqual([0, 73]);
    expect(await json("node list")).toEqual([
      expect.objectContaining({ node_name: "twin", status: "running" }),
    ]);
    if (hasProc) expect(processesOf(home)).toHaveLength(1);
  });

  it("refuses a port that is taken, and leaves no node behind", async () => {
    const { run, json, createNode, tcpPort } = openWorkspace();
    await createNode("n1");
    const port = await tcpPort("n1");
    const { code, stderr } = await run([
      "node",
      "create",
      "n2",
      "--tcp-listener-address",
      `127.0.0.1:${port}`,
    ]);
    expect(code).toBe(73);
    expect(stderr).toContain("LISTEN_ADDRESS_TAKEN");
    expect(await json<NodeView[]>("node list")).toHaveLength(1);
  });

  it("refuses names that would leave the state folder", async () => {
    const { run } = openWorkspace();
    for (const name of ["../evil", "a/b", "..", "."]) {
      const { code } = await run(["node", "create", name]);
      expect(code).not.toBe(0);
    }
  });
});

/**
 * What each node has, without what a restart changes: process ids, the story of past failures, connections that others dialled,
 * and worker addresses that nobody was told.
 */
async function describeNodes({ json }: Workspace): Promise<unknown> {
  const forget = (key: string, value: unknown): unknown => {
    if (
      /^(pid|since|attempts|last_failure|next_attempt_at|address|worker_addr(ess)?|forwarding_route)$/.test(
        key,
      )
    )
      return "";
    return Array.isArray(value) ? value.filter((each) => each?.mode !== "incoming") : value;
  };
  const views = await Promise.all(["n1", "n2", "n3"].map((name) => json(`node show ${name}`)));
  return JSON.parse(JSON.stringify(views, forget));
}
