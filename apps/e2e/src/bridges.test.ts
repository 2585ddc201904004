import { describe, expect, it } from "vitest";
import { exchange, randomContent } from "./harness/clients.js";
import { startFaultyUdp } from "./harness/faulty-udp.js";
import { longTestMs } from "./harness/limits.js";
import { portOf } from "./harness/ports.js";
import { startDigestTarget } from "./harness/targets.js";
import { openWorkspace, type Workspace } from "./harness/workspace.js";

type Wire = "tcp" | "udp";

const mixes: readonly (readonly [Wire, Wire])[] = [
  ["udp", "tcp"],
  ["tcp", "udp"],
  ["udp", "udp"],
  ["tcp", "tcp"],
];

/** Makes n1 → n2 → n3 over the two wires, with a hop on n2, and gives the route from n1 to n3. */
async function bridge(workspace: Workspace, [first, second]: readonly [Wire, Wire]): Promise<string> {
  const { ok, createNode } = workspace;
  for (const name of ["n1", "n2", "n3"]) await createNode(name, "--udp-listener-address=127.0.0.1:0");
  await ok("service start hop --at n2");
  const near = await connect(workspace, first, "n1", "n2");
  const far = await connect(workspace, second, "n2", "n3");
  return `${near}/service/hop${far}`;
}

async function connect({ ok }: Workspace, wire: Wire, from: string, to: string): Promise<string> {
  const listener = await ok(`${wire}-listener create 127.0.0.1:0 --at ${to}`);
  return ok(`${wire}-connection create --from ${from} --to 127.0.0.1:${portOf(listener)}`);
}

describe("a bridge", { timeout: longTestMs }, () => {
  it.each(mixes)(
    "carries messages and portals over %s and %s [story-bridge-messages] [story-bridge-portals] [delivery-reply]",
    async (...mix) => {
      const workspace = openWorkspace();
      const route = await bridge(workspace, mix);
      for (const [service, answer] of [
        ["uppercase", "HELLO"],
        ["echo", "hello"],
      ]) {
        const sent = workspace.ok(`message send hello --from n1 --to ${route}/service/${service}`);
        expect(await sent).toBe(answer);
      }
      const { port } = await startDigestTarget();
      await workspace.ok(`tcp-outlet create --at n3 --to 127.0.0.1:${port}`);
      const inlet = await workspace.ok(`tcp-inlet create --at n1 --to ${route}/service/outlet`);
      const { bytes, digest } = randomContent(4_000_000);
      expect(String(await exchange(portOf(inlet), bytes))).toBe(digest);
    },
  );
});

describe("UDP", { timeout: longTestMs }, () => {
  it("carries every byte of a portal although datagrams are lost, doubled and reordered [portal-loss] [udp-unreliable] [udp-large]", async () => {
    const { ok, createNode } = openWorkspace();
    const { bytes, digest } = randomContent(3_000_000);
    const target = await startDigestTarget();
    for (const name of ["near", "far"]) await createNode(name);
    const listener = portOf(await ok("udp-listener create 127.0.0.1:0 --at far"));
    const wire = await startFaultyUdp(listener, { lost: 0.02, doubled: 0.02, late: 0.05 });
    const connection = await ok(`udp-connection create --from near --to 127.0.0.1:${wire}`);
    await ok(`tcp-outlet create --at far --to 127.0.0.1:${target.port}`);
    const inlet = await ok(`tcp-inlet create --at near --to ${connection}/service/outlet`);
    expect(String(await exchange(portOf(inlet), bytes))).toBe(digest);
  });

  it("tells the peers of one listener apart, and carries more than a datagram [udp-peers] [udp-large]", async () => {
    const { ok, createNode } = openWorkspace();
    await createNode("far");
    const listener = portOf(await ok("udp-listener create 127.0.0.1:0 --at far"));
    const large = "long_text_".repeat(2_000);
    const names = ["one", "two", "three"];
    for (const name of names) await createNode(name);
    const replies = names.map(async (name) => {
      const connection = await ok(`udp-connection create --from ${name} --to 127.0.0.1:${listener}`);
      return ok(`message send ${name}_${large} --from ${name} --to ${connection}/service/uppercase`);
    });
    expect(await Promise.all(replies)).toEqual(names.map((name) => `${name}_${large}`.toUpperCase()));
  });
});
