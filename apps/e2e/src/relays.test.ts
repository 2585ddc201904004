import { describe, expect, it } from "vitest";
import { eventually } from "./harness/eventually.js";
import { startFaultyTcp } from "./harness/faulty-tcp.js";
import { longTestMs } from "./harness/limits.js";
import { freePort } from "./harness/ports.js";
import { killProcess } from "./harness/processes.js";
import { openWorkspace, type Workspace } from "./harness/workspace.js";

/** How soon a relay must be reachable again, in milliseconds: "seconds, not half a minute". */
const returnMs = 8_000;

interface RelayView {
  readonly name: string;
  readonly connection_status: string;
  readonly remote_address: string;
  readonly last_failure: string | null;
}

async function reaches({ run }: Workspace, route: string): Promise<boolean> {
  const { code, stdout } = await run(["message", "send", "hello", "--to", route, "--timeout", "2s"]);
  return code === 0 && stdout === "HELLO\n";
}

const overRelay = "/node/n2/service/forward_to_n3/service/uppercase";

describe("a relay", () => {
  it(
    "has the wanted name, can be listed at both ends, and is gone at once when deleted [relay-name] [relay-list] [relay-release]",
    async () => {
      const workspace = openWorkspace();
      const { run, ok, json, createNode } = workspace;
      for (const name of ["n2", "n3"]) await createNode(name);
      expect(await ok("relay create n3 --at n2 --to n3")).toBe("/service/forward_to_n3");
      expect(await ok("relay create --at n2 --to n3")).toBe("/service/forward_to_default");
      for (const node of ["n2", "n3"]) {
        const names = (await json<RelayView[]>(`relay list --to ${node}`)).map(
          (relay) => relay.remote_address,
        );
        expect(names.sort()).toEqual(["forward_to_default", "forward_to_n3"]);
      }
      expect(await reaches(workspace, overRelay)).toBe(true);
      await ok("relay delete n3 --at n3 --yes");
      const { code, stderr } = await run(["message", "send", "x", "--to", overRelay]);
      expect(code).toBe(69);
      expect(stderr).toContain("forward_to_n3");
      expect(
        (await json<RelayView[]>("relay list --to n2")).map(({ remote_address }) => remote_address),
      ).toEqual(["forward_to_default"]);
    },
    longTestMs,
  );

  it(
    "refuses a name that somebody else owns, by name [relay-stranger]",
    async () => {
      const workspace = openWorkspace();
      const { run, ok, createNode } = workspace;
      for (const name of ["n2", "n3", "n4"]) await createNode(name);
      await ok("relay create n3 --at n2 --to n3");
      const { stderr } = await run(["relay", "create", "n3", "--at", "n2", "--to", "n4"]);
      expect(stderr).toMatch(/n3/);
      expect(stderr).toMatch(/taken|owns|RELAY_NAME_TAKEN/i);
      expect(await reaches(workspace, overRelay)).toBe(true);
      // The owner still answers, not the stranger.
      await ok("service start hop --at n3");
      expect(await ok(`message send x --to ${overRelay.replace("uppercase", "hop/service/echo")}`)).toBe("x");
    },
    longTestMs,
  );

  it(
    "comes back by itself after its node was killed and started again [relay-heal] [relay-owner]",
    async () => {
      const workspace = openWorkspace();
      const { ok, createNode } = workspace;
      const relayNode = await createNode("n2");
      const clientNode = await createNode("n3");
      await ok("relay create n3 --at n2 --to n3");
      for (const { name, pid } of [relayNode, clientNode]) {
        killProcess(pid);
        await ok(`node start ${name}`);
        await eventually(
          `n3 is reachable after the restart of ${name}`,
          () => reaches(workspace, overRelay),
          returnMs,
        );
      }
    },
    longTestMs,
  );

  it(
    "goes to its owner at once, also while the old connection still looks alive [relay-owner]",
    async () => {
      const workspace = openWorkspace();
      const { ok, createNode, tcpPort } = workspace;
      await createNode("n2");
      const { pid } = await createNode("n3");
      const wire = await startFaultyTcp(await tcpPort("n2"));
      await ok(`relay create n3 --at /ip4/127.0.0.1/tcp/${wire.port} --to n3`);
      wire.freeze();
      killProcess(pid);
      await ok("node start n3");
      await eventually("n3 is reachable", () => reaches(workspace, overRelay), returnMs);
    },
    longTestMs,
  );

  it(
    "heals within seconds when its connection is reset [relay-heal]",
    async () => {
      const workspace = openWorkspace();
      const { ok, createNode, tcpPort } = workspace;
      for (const name of ["n2", "n3"]) await createNode(name);
      const wire = await startFaultyTcp(await tcpPort("n2"));
      await ok(`relay create n3 --at /ip4/127.0.0.1/tcp/${wire.port} --to n3`);
      for (let round = 0; round < 3; round++) {
        wire.reset();
        await eventually("n3 is reachable", () => reaches(workspace, overRelay), returnMs);
      }
    },
    longTestMs,
  );

  it(
    "can be created while the far end is down, says so, and heals [relay-late]",
    async () => {
      const workspace = openWorkspace();
      const { run, json, createNode } = workspace;
      await createNode("n3");
      const port = await freePort();
      const created = await run([
        "relay",
        "create",
        "n3",
        "--at",
        `/ip4/127.0.0.1/tcp/${port}`,
        "--to",
        "n3",
      ]);
      expect(created).toMatchObject({ code: 0, stdout: "/service/forward_to_n3\n" });
      expect(created.stderr).toMatch(/not up yet|down/i);
      const status = async () => (await json<RelayView[]>("relay list --to n3"))[0]?.connection_status;
      expect(await status()).toBe("Down");
      await createNode("n2", `--tcp-listener-address=127.0.0.1:${port}`);
      await eventually("the relay is up", async () => (await status()) === "Up");
      expect(await reaches(workspace, overRelay)).toBe(true);
    },
    longTestMs,
  );
});
