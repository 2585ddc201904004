import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { exchange, openSocket, randomContent } from "./harness/clients.js";
import { startFaultyTcp } from "./harness/faulty-tcp.js";
import { longTestMs } from "./harness/limits.js";
import { portOf } from "./harness/ports.js";
import { startEchoTarget } from "./harness/targets.js";
import { eventually } from "./harness/waiting.js";
import { openWorkspace, type Workspace } from "./harness/workspace.js";

/** Zero, one and two relays, and a hop: creates the nodes, and gives the route from node near to node far. */
const topologies: Readonly<Record<string, (workspace: Workspace) => Promise<string>>> = {
  directly: async () => "/node/far",
  "over a hop": async ({ createNode, ok, tcpPort }) => {
    await createNode("middle");
    await ok("service start hop --at middle");
    const place = `127.0.0.1:${await tcpPort("far")}`;
    return `/node/middle/service/hop${await ok(`tcp-connection create --from middle --to ${place}`)}`;
  },
  "over one relay": async ({ createNode, ok }) => {
    await createNode("relay");
    await ok("relay create far --at /node/relay --to far");
    return "/node/relay/service/forward_to_far";
  },
  "over two relays": async ({ createNode, ok }) => {
    for (const name of ["outer", "inner"]) await createNode(name);
    await ok("relay create inner --at /node/outer --to inner");
    await ok("relay create far --at /node/inner --to far");
    return "/node/outer/service/forward_to_inner/service/forward_to_far";
  },
};

/** Starts near and far, an outlet for a place and an inlet that leads to it over a topology; gives the inlet's port. */
async function openPortal(workspace: Workspace, target: number, topology = "directly"): Promise<number> {
  for (const name of ["far", "near"]) await workspace.createNode(name);
  const route = (await topologies[topology]?.(workspace)) ?? "";
  await workspace.ok(`tcp-outlet create --at far --to 127.0.0.1:${target}`);
  return portOf(await workspace.ok(`tcp-inlet create web --at near --to ${route}/service/outlet`));
}

describe("a portal", { timeout: longTestMs }, () => {
  it.each(Object.keys(topologies))(
    "carries 50 MB each way without a changed byte %s [portal-exact]",
    async (topology) => {
      const { bytes } = randomContent(50_000_000);
      const inlet = await openPortal(openWorkspace(), (await startEchoTarget()).port, topology);
      expect((await exchange(inlet, bytes)).equals(bytes)).toBe(true);
    },
  );

  it("needs one round trip for the first answer [portal-first-bytes]", async () => {
    const { ok, createNode, tcpPort } = openWorkspace();
    const target = await startEchoTarget();
    for (const name of ["near", "far"]) await createNode(name);
    const wire = await startFaultyTcp(await tcpPort("far"));
    const connection = await ok(`tcp-connection create --from near --to 127.0.0.1:${wire.port}`);
    await ok(`tcp-outlet create --at far --to 127.0.0.1:${target.port}`);
    const inlet = portOf(await ok(`tcp-inlet create --at near --to ${connection}/service/outlet`));
    const oneWayMs = 150;
    wire.delay(oneWayMs);
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      const startedAt = performance.now();
      const socket = await openSocket(inlet);
      socket.write("x");
      await once(socket, "data");
      times.push(performance.now() - startedAt);
      socket.destroy();
    }
    expect(Math.min(...times)).toBeGreaterThanOrEqual(2 * oneWayMs - 5);
    expect(Math.min(...times)).toBeLessThan(4 * oneWayMs - 50);
  });

  it("goes over the route that lives when it has several [portal-spare-route]", async () => {
    const { ok, createNode } = openWorkspace();
    const { port } = await startEchoTarget();
    for (const name of ["one", "two", "far", "near"]) await createNode(name);
    await ok("relay create far --at one --to far");
    await ok("relay create far-two --at two --to far");
    await ok(`tcp-outlet create --at far --to 127.0.0.1:${port}`);
    const routes = ["/node/one/service/forward_to_far", "/node/two/service/forward_to_far-two"];
    const to = routes.map((route) => `--to ${route}/service/outlet`).join(" ");
    const inlet = portOf(await ok(`tcp-inlet create --at near ${to}`));
    const serves = async (): Promise<boolean> => String(await exchange(inlet, "ping")) === "ping";
    expect(await serves()).toBe(true);
    await ok("node stop one");
    await eventually("the spare route carries", serves);
  });
});
