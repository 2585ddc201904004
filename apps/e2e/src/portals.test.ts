import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { exchange, openSocket, randomContent } from "./harness/clients.js";
import { startFaultyTcp } from "./harness/faulty-tcp.js";
import { startFaultyUdp } from "./harness/faulty-udp.js";
import { longTestMs } from "./harness/limits.js";
import { portOf } from "./harness/ports.js";
import { startDigestTarget, startEchoTarget } from "./harness/targets.js";
import { eventually } from "./harness/waiting.js";
import { openWorkspace, type Workspace } from "./harness/workspace.js";

type Wire = "tcp" | "udp" | "unix" | "ws";

/** Connects two nodes over a transport, with a path in between if there is one. Gives the connection. */
async function connect(
  { home, ok }: Workspace,
  wire: Wire,
  [from, to]: readonly [string, string],
  path?: (port: number) => Promise<number>,
): Promise<string> {
  const where = wire === "unix" ? `${home}/${to}.sock` : "127.0.0.1:0";
  const listener = await ok(`${wire}-listener create ${where} --at ${to}`);
  const place = path === undefined ? listener : `127.0.0.1:${await path(portOf(listener))}`;
  return ok(`${wire}-connection create --from ${from} --to ${place}`);
}

const bridge =
  (first: Wire, second: Wire) =>
  async (workspace: Workspace): Promise<string> => {
    await workspace.createNode("middle", "--udp-listener-address=127.0.0.1:0");
    await workspace.ok("service start hop --at middle");
    const near = await connect(workspace, first, ["near", "middle"]);
    return `${near}/service/hop${await connect(workspace, second, ["middle", "far"])}`;
  };

/** Ways from node near to node far: each creates what is in between, and gives the route. */
const ways: readonly (readonly [string, (workspace: Workspace) => Promise<string>])[] = Object.entries({
  directly: async () => "/node/far",
  "over one relay": async ({ createNode, ok }: Workspace) => {
    await createNode("relay");
    await ok("relay create far --at /node/relay --to far");
    return "/node/relay/service/forward_to_far";
  },
  "over two relays": async ({ createNode, ok }: Workspace) => {
    for (const name of ["outer", "inner"]) await createNode(name);
    await ok("relay create inner --at /node/outer --to inner");
    await ok("relay create far --at /node/inner --to far");
    return "/node/outer/service/forward_to_inner/service/forward_to_far";
  },
  "over a hop, TCP and TCP": bridge("tcp", "tcp"),
  "over a hop, UDP and TCP": bridge("udp", "tcp"),
  "over a hop, TCP and UDP": bridge("tcp", "udp"),
  "over a hop, UDP and UDP": bridge("udp", "udp"),
  "over a hop, WebSocket and a socket file": bridge("ws", "unix"),
  "over a hop, a socket file and UDP": bridge("unix", "udp"),
});

async function openNodes(...names: readonly string[]): Promise<Workspace> {
  const workspace = openWorkspace();
  for (const name of names) await workspace.createNode(name, "--udp-listener-address=127.0.0.1:0");
  return workspace;
}

/** Starts an outlet at far for a port and an inlet at near that leads to it over routes; gives the inlet's port. */
async function openPortal({ ok }: Workspace, target: number, ...routes: readonly string[]): Promise<number> {
  await ok(`tcp-outlet create --at far --to 127.0.0.1:${target}`);
  const to = routes.map((route) => `--to ${route}/service/outlet`).join(" ");
  return portOf(await ok(`tcp-inlet create --at near ${to}`));
}

describe("messages and portals", { timeout: longTestMs }, () => {
  it.each(ways)(
    "go %s: 50 MB each way without a changed byte over TCP, 4 MB where there is UDP [portal-exact] [story-bridge-messages] [story-bridge-portals] [delivery-reply]",
    async (name, open) => {
      const workspace = await openNodes("near", "far");
      const route = await open(workspace);
      const sent = (service: string): Promise<string> =>
        workspace.ok(`message send hello --from near --to ${route}/service/${service}`);
      expect([await sent("uppercase"), await sent("echo")]).toEqual(["HELLO", "hello"]);
      const { bytes } = randomContent(name.includes("UDP") ? 4_000_000 : 50_000_000);
      const inlet = await openPortal(workspace, (await startEchoTarget()).port, route);
      expect((await exchange(inlet, bytes)).equals(bytes)).toBe(true);
    },
  );
});

describe("a portal", { timeout: longTestMs }, () => {
  it("needs one round trip for the first answer [portal-first-bytes]", async () => {
    const workspace = await openNodes("near", "far");
    const wire = await startFaultyTcp(await workspace.tcpPort("far"));
    const connection = await connect(workspace, "tcp", ["near", "far"], async () => wire.port);
    const inlet = await openPortal(workspace, (await startEchoTarget()).port, connection);
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
    const workspace = await openNodes("one", "two", "far", "near");
    for (const relay of ["one", "two"])
      await workspace.ok(`relay create far-${relay} --at ${relay} --to far`);
    const routes = ["one", "two"].map((relay) => `/node/${relay}/service/forward_to_far-${relay}`);
    const inlet = await openPortal(workspace, (await startEchoTarget()).port, ...routes);
    const serves = async (): Promise<boolean> => String(await exchange(inlet, "ping")) === "ping";
    expect(await serves()).toBe(true);
    await workspace.ok("node stop one");
    await eventually("the spare route carries", serves);
  });
});

describe("UDP", { timeout: longTestMs }, () => {
  it("carries every byte of a portal although datagrams are lost, doubled and reordered [portal-loss] [udp-unreliable] [udp-large]", async () => {
    const workspace = await openNodes("near", "far");
    const { bytes, digest } = randomContent(3_000_000);
    const faults = { lost: 0.02, doubled: 0.02, late: 0.05 };
    const path = (port: number): Promise<number> => startFaultyUdp(port, faults);
    const connection = await connect(workspace, "udp", ["near", "far"], path);
    const inlet = await openPortal(workspace, (await startDigestTarget()).port, connection);
    expect(String(await exchange(inlet, bytes))).toBe(digest);
  });

  it("tells the peers of one listener apart, and carries more than a datagram [udp-peers] [udp-large]", async () => {
    const names = ["one", "two", "three"];
    const { ok } = await openNodes("far", ...names);
    const listener = portOf(await ok("udp-listener create 127.0.0.1:0 --at far"));
    const large = "long_text_".repeat(2_000);
    const replies = names.map(async (name) => {
      const connection = await ok(`udp-connection create --from ${name} --to 127.0.0.1:${listener}`);
      return ok(`message send ${name}_${large} --from ${name} --to ${connection}/service/uppercase`);
    });
    expect(await Promise.all(replies)).toEqual(names.map((name) => `${name}_${large}`.toUpperCase()));
  });
});
