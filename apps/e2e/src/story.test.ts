import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { longTestMs } from "./harness/limits.js";
import { freePort } from "./harness/ports.js";
import { isRunning, processesOf } from "./harness/processes.js";
import { succeed } from "./harness/run-command.js";
import { startWebServer } from "./harness/targets.js";
import { type NodeView, openWorkspace } from "./harness/workspace.js";

/** Says whether something accepts connections on a loopback port. */
function isListening(port: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port });
  return new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  }).finally(() => socket.destroy());
}

describe("the story", { timeout: longTestMs }, () => {
  it(
    "works, command by command " +
      "[story-delete-all] [story-node-listener] [story-node-random-port] [story-hop] [story-relay] [story-connection] " +
      "[story-message] [story-outlet] [story-inlet] [story-curl] [story-nothing-left] [story-node-route]",
    async () => {
      const { home, run, ok, json, tcpPort } = openWorkspace();
      const [listenerPort, inletPort, otherPort] = [await freePort(), await freePort(), await freePort()];

      await ok("node delete --all --yes");
      expect(await json("node list")).toEqual([]);

      await ok(`node create n2 --tcp-listener-address=127.0.0.1:${listenerPort}`);
      expect(await isListening(listenerPort)).toBe(true);
      await ok("node create n3");
      await ok("node create n1");
      const nodes = await Promise.all(["n1", "n2", "n3"].map((name) => json<NodeView>(`node show ${name}`)));
      for (const { pid, status } of nodes) expect([isRunning(pid), status]).toEqual([true, "running"]);
      expect(new Set([await tcpPort("n1"), await tcpPort("n3"), listenerPort]).size).toBe(3);
      expect(await isListening(await tcpPort("n3"))).toBe(true);

      await ok("service start hop --at n3");
      expect(await json("service list --at n3")).toContainEqual(expect.objectContaining({ addr: "hop" }));

      const relay = await run("relay create n3 --at /node/n2 --to /node/n3");
      expect(relay).toMatchObject({ code: 0, stdout: "/service/forward_to_n3\n" });
      expect(relay.stderr).toMatch(/✔.*\/node\/n2\b.*\/node\/n3\b/u);

      const connection = await ok(`tcp-connection create --from n1 --to 127.0.0.1:${listenerPort}`);
      expect(connection).toMatch(/^\/worker\/[0-9a-f]{32}$/);

      const through = `${connection}/service/forward_to_n3`;
      const message = await run(`message send hello --from n1 --to ${through}/service/uppercase`);
      expect(message).toMatchObject({ code: 0, stdout: "HELLO\n" });

      const webPort = await startWebServer();
      await ok(`tcp-outlet create --at n3 --from /service/outlet --to 127.0.0.1:${webPort}`);
      for (const [port, hop] of [
        [inletPort, "/service/hop"],
        [otherPort, ""],
      ] as const) {
        const place = `127.0.0.1:${port}`;
        const inlet = `tcp-inlet create --at n1 --from ${place} --to ${through}${hop}/service/outlet`;
        expect(await ok(inlet)).toBe(place);
        const head = await succeed("curl", ["--silent", "--show-error", "--head", place]);
        expect(head).toMatch(/^HTTP\/1\.[01] 200 OK/);
      }

      await ok("node delete --all --yes");
      expect(await json("node list")).toEqual([]);
      expect(nodes.filter(({ pid }) => isRunning(pid))).toEqual([]);
      expect(processesOf(home)).toEqual([]);
      for (const port of [listenerPort, inletPort, otherPort]) expect(await isListening(port)).toBe(false);
    },
  );

  it("works with addresses in place of names, as it does across machines [story-address-route] [relay-list]", async () => {
    const { ok, json, createNode, tcpPort } = openWorkspace();
    for (const name of ["n2", "n3"]) await createNode(name);
    const port = await tcpPort("n2");
    await ok(`relay create n3 --at /ip4/127.0.0.1/tcp/${port} --to n3`);
    const relay = { remote_address: "forward_to_n3", connection_status: "Up" };
    for (const node of ["n2", "n3"])
      expect(await json(`relay list --to ${node}${node === "n2" ? " --hosted" : ""}`)).toEqual([
        expect.objectContaining(relay),
      ]);
    for (const host of ["/ip4/127.0.0.1", "/dnsaddr/localhost"]) {
      const route = `${host}/tcp/${port}/service/forward_to_n3/service/uppercase`;
      expect(await ok(`message send hello --to ${route}`)).toBe("HELLO");
    }
  });
});
