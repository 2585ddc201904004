import { describe, expect, it } from "vitest";
import { exchange, randomContent } from "./harness/clients.js";
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

const megabyte = 1_000_000;

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

describe("a bridge", () => {
  it.each(mixes)(
    "carries messages over %s and %s [story-bridge-messages] [delivery-reply]",
    async (...mix) => {
      const workspace = openWorkspace();
      const route = await bridge(workspace, mix);
      expect(await workspace.ok(`message send hello --from n1 --to ${route}/service/uppercase`)).toBe(
        "HELLO",
      );
      expect(await workspace.ok(`message send hello --from n1 --to ${route}/service/echo`)).toBe("hello");
    },
    longTestMs,
  );

  it.each(mixes)(
    "carries portals over %s and %s [story-bridge-portals]",
    async (...mix) => {
      const workspace = openWorkspace();
      const route = await bridge(workspace, mix);
      const { port } = await startDigestTarget();
      await workspace.ok(`tcp-outlet create --at n3 --to 127.0.0.1:${port}`);
      const inlet = await workspace.ok(`tcp-inlet create --at n1 --to ${route}/service/outlet`);
      const { bytes, digest } = randomContent(4 * megabyte);
      expect((await exchange(portOf(inlet), bytes)).toString()).toBe(digest);
    },
    longTestMs,
  );
});
