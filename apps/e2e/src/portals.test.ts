import { once } from "node:events";
import { describe, expect, it } from "vitest";
import {
  digestOf,
  download,
  endOf,
  exchange,
  openSocket,
  randomContent,
  startSocket,
} from "./harness/clients.js";
import { eventually } from "./harness/eventually.js";
import { startFaultyTcp } from "./harness/faulty-tcp.js";
import { longTestMs, promptErrorMs } from "./harness/limits.js";
import { freePort, portOf } from "./harness/ports.js";
import { runCommand } from "./harness/run-command.js";
import { startDigestTarget, startEchoTarget, startSourceTarget, startTarget } from "./harness/targets.js";
import { openPortal, type Topology, topologies } from "./harness/topologies.js";
import { openWorkspace } from "./harness/workspace.js";

const direct = topologies[0] as Topology;
const overRelay = topologies[2] as Topology;
const contentBytes = 50_000_000;

describe("a portal", () => {
  describe.each(topologies)("$name", (topology) => {
    it(
      "carries 50 MB up and 50 MB down without a changed byte [portal-exact]",
      async () => {
        const { bytes, digest } = randomContent(contentBytes);
        const [upload, source] = [await startDigestTarget(), await startSourceTarget(bytes)];
        const workspace = openWorkspace();
        const upPort = await openPortal(workspace, topology, upload.port);
        expect((await exchange(upPort, bytes)).toString()).toBe(digest);
        await workspace.ok("tcp-outlet delete outlet --at far --yes");
        await workspace.ok(`tcp-outlet create --at far --from outlet --to 127.0.0.1:${source.port}`);
        expect(digestOf(await download(upPort))).toBe(digest);
      },
      longTestMs,
    );
  });

  it(
    "carries a hundred connections at once [portal-concurrent]",
    async () => {
      const { port } = await startDigestTarget();
      const inlet = await openPortal(openWorkspace(), overRelay, port);
      const contents = Array.from({ length: 100 }, (_, index) => randomContent(10_000 + index));
      const answers = await Promise.all(contents.map(({ bytes }) => exchange(inlet, bytes)));
      expect(answers.map(String)).toEqual(contents.map(({ digest }) => digest));
    },
    longTestMs,
  );

  it(
    "lets each direction end by itself [portal-half-close]",
    async () => {
      const { bytes, digest } = randomContent(1_000_000);
      const { port } = await startDigestTarget();
      const inlet = await openPortal(openWorkspace(), overRelay, port);
      // The answer exists only after the client's end arrived.
      expect((await exchange(inlet, bytes)).toString()).toBe(digest);

      // And the other way round: the server ends first, and hears the client all the same.
      const heard: string[] = [];
      const talker = await startTarget((socket) => {
        socket.end("bye");
        socket.on("data", (chunk) => heard.push(String(chunk)));
      });
      const otherInlet = await openPortal(openWorkspace(), direct, talker.port);
      const socket = await openSocket(otherInlet);
      const [word] = await once(socket, "data");
      expect(String(word)).toBe("bye");
      await once(socket, "end");
      socket.end("still here");
      await eventually("the server hears the client", () => heard.join("") === "still here");
    },
    longTestMs,
  );

  it(
    "half-closes for nc -N [portal-half-close]",
    async () => {
      const text = randomContent(100_000).bytes.toString("base64");
      const { port } = await startDigestTarget();
      const inlet = await openPortal(openWorkspace(), direct, port);
      const { stdout } = await runCommand("nc", ["-N", "127.0.0.1", String(inlet)], { input: text });
      expect(stdout).toBe(digestOf(Buffer.from(text)));
    },
    longTestMs,
  );

  it(
    "turns a reset of either socket into a reset of the other [portal-reset]",
    async () => {
      const target = await startEchoTarget();
      const inlet = await openPortal(openWorkspace(), overRelay, target.port);
      const talk = async (): Promise<{
        client: Awaited<ReturnType<typeof openSocket>>;
        server: (typeof target.sockets)[number];
      }> => {
        const client = await openSocket(inlet);
        client.write("x");
        await once(client, "data");
        return { client, server: target.sockets.at(-1) as (typeof target.sockets)[number] };
      };
      const first = await talk();
      const serverEnd = endOf(first.server);
      first.client.resetAndDestroy();
      expect(await serverEnd).toBe("reset");

      const second = await talk();
      const clientEnd = endOf(second.client);
      second.server.resetAndDestroy();
      expect(await clientEnd).toBe("reset");
    },
    longTestMs,
  );

  it(
    "lets a server speak first [portal-server-first]",
    async () => {
      const { port } = await startTarget((socket) => void socket.write("220 ready\r\n"));
      const inlet = await openPortal(openWorkspace(), overRelay, port);
      const socket = await openSocket(inlet);
      const [greeting] = await once(socket, "data");
      expect(String(greeting)).toBe("220 ready\r\n");
    },
    longTestMs,
  );

  it(
    "needs one round trip for the first answer [portal-first-bytes]",
    async () => {
      const workspace = openWorkspace();
      const { ok, createNode, tcpPort } = workspace;
      const target = await startEchoTarget();
      for (const name of ["near", "far"]) await createNode(name);
      const wire = await startFaultyTcp(await tcpPort("far"));
      const connection = await ok(`tcp-connection create --from near --to 127.0.0.1:${wire.port}`);
      await ok(`tcp-outlet create --at far --to 127.0.0.1:${target.port}`);
      const inlet = await ok(`tcp-inlet create --at near --to ${connection}/service/outlet`);
      const oneWayMs = 150;
      wire.delay(oneWayMs);
      const times: number[] = [];
      for (let round = 0; round < 3; round++) {
        const startedAt = performance.now();
        const socket = await openSocket(portOf(inlet));
        socket.write("x");
        await once(socket, "data");
        times.push(performance.now() - startedAt);
        socket.destroy();
      }
      const best = Math.min(...times);
      expect(best).toBeGreaterThanOrEqual(2 * oneWayMs - 5);
      expect(best).toBeLessThan(4 * oneWayMs - 50);
    },
    longTestMs,
  );

  it(
    "closes the client's socket at once when the target refuses or has no address, and tells why [portal-target-fails] [refusal-precise]",
    async () => {
      const workspace = openWorkspace();
      const { ok, json } = workspace;
      const inlet = await openPortal(workspace, overRelay, await freePort());
      const visit = async (): Promise<number> => {
        const startedAt = performance.now();
        await endOf(startSocket(inlet));
        return performance.now() - startedAt;
      };
      const alias = (await json<{ alias: string }[]>("tcp-inlet list --at near"))[0]?.alias;
      expect(await visit()).toBeLessThan(promptErrorMs);
      expect(JSON.stringify(await json(`tcp-inlet show ${alias} --at near`))).toContain("TARGET_REFUSED");

      await ok("tcp-outlet delete outlet --at far --yes");
      await ok("tcp-outlet create --at far --from outlet --to no-such-host.invalid:80");
      await visit();
      expect(JSON.stringify(await json(`tcp-inlet show ${alias} --at near`))).toContain("TARGET_UNRESOLVED");
    },
    longTestMs,
  );

  it(
    "can be created while the far end is down, says so, and heals [portal-late]",
    async () => {
      const { run, ok, json, createNode } = openWorkspace();
      const { bytes, digest } = randomContent(100_000);
      const { port } = await startDigestTarget();
      for (const name of ["near", "far"]) await createNode(name);
      const args = "tcp-inlet create late --at near --to /node/far/service/outlet --connection-wait 500ms";
      const created = await run(args.split(" "));
      expect(created.code).toBe(0);
      expect(created.stderr).toMatch(/not there yet|down/i);
      const show = () => json<{ status: string }>("tcp-inlet show late --at near");
      expect((await show()).status).toBe("Down");
      await ok(`tcp-outlet create --at far --to 127.0.0.1:${port}`);
      await eventually("the inlet is up", async () => (await show()).status === "Up", 30_000);
      expect((await exchange(portOf(created.stdout), bytes)).toString()).toBe(digest);
    },
    longTestMs,
  );

  it(
    "goes over the route that lives when it has several [portal-spare-route]",
    async () => {
      const { ok, createNode } = openWorkspace();
      const { bytes, digest } = randomContent(100_000);
      const { port } = await startDigestTarget();
      for (const name of ["one", "two", "far", "near"]) await createNode(name);
      await ok("relay create far --at one --to far");
      await ok("relay create far-two --at two --to far");
      await ok(`tcp-outlet create --at far --to 127.0.0.1:${port}`);
      const inlet = await ok(
        "tcp-inlet create --at near --to /node/one/service/forward_to_far/service/outlet --to /node/two/service/forward_to_far-two/service/outlet",
      );
      expect((await exchange(portOf(inlet), bytes)).toString()).toBe(digest);
      await ok("node stop one");
      await eventually(
        "the spare route carries",
        async () => String(await exchange(portOf(inlet), bytes)) === digest,
      );
    },
    longTestMs,
  );
});
