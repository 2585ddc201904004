import { describe, expect, it } from "vitest";
import { openSocket } from "./harness/clients.js";
import { eventually } from "./harness/eventually.js";
import { startFaultyTcp } from "./harness/faulty-tcp.js";
import { hostileBytes, sendDatagrams } from "./harness/hostile-bytes.js";
import { longTestMs } from "./harness/limits.js";
import { portOf } from "./harness/ports.js";
import { hasProc, residentBytes, socketsOf } from "./harness/processes.js";
import { type NodeView, openWorkspace } from "./harness/workspace.js";

describe("listeners", () => {
  it(
    "outlive garbage, oversize, truncated and stalled frames [tcp-hostile-bytes]",
    async () => {
      const { ok, json, createNode, tcpPort } = openWorkspace();
      const { pid } = await createNode("n1");
      const port = await tcpPort("n1");
      const udpPort = portOf(await ok("udp-listener create 127.0.0.1:0 --at n1"));
      const before = hasProc ? { sockets: socketsOf(pid), memory: residentBytes(pid) } : undefined;
      const stalled = await openSocket(port);
      stalled.on("error", () => {});
      stalled.write(new Uint8Array(1));
      for (let round = 0; round < 10; round++) {
        for (const [, bytes] of hostileBytes) {
          const socket = await openSocket(port);
          socket.on("error", () => {});
          if (round % 2 === 0) socket.end(bytes);
          else socket.write(bytes);
          socket.resume();
        }
      }
      await sendDatagrams(
        udpPort,
        hostileBytes.map(([, bytes]) => bytes.subarray(0, 60_000)),
      );
      expect(await ok("message send hello --to /node/n1/service/uppercase")).toBe("HELLO");
      expect((await json<NodeView>("node show n1")).pid).toBe(pid);
      if (before === undefined) return;
      await eventually("all hostile connections are closed", () => socketsOf(pid) <= before.sockets + 1);
      expect(residentBytes(pid) - before.memory).toBeLessThan(64 * 2 ** 20);
    },
    longTestMs,
  );

  it(
    "listen on IPv6, and are found by name [tcp-names-and-ipv6] [tcp-port-zero]",
    async () => {
      const { ok, createNode } = openWorkspace();
      for (const name of ["n1", "n2"]) await createNode(name);
      const six = portOf(await ok("tcp-listener create [::1]:0 --at n2"));
      const four = portOf(await ok("tcp-listener create 127.0.0.1:0 --at n2"));
      expect(six).toBeGreaterThan(0);
      for (const place of [`[::1]:${six}`, `localhost:${four}`, `127.0.0.1:${four}`]) {
        const connection = await ok(`tcp-connection create --from n1 --to ${place}`);
        expect(await ok(`message send hello --from n1 --to ${connection}/service/uppercase`)).toBe("HELLO");
      }
      expect(await ok(`message send hello --to /ip6/::1/tcp/${six}/service/uppercase`)).toBe("HELLO");
    },
    longTestMs,
  );
});

describe("a connection", () => {
  it(
    "notices within 15 s that its peer fell silent, and comes back under its old address [tcp-dead-peer] [tcp-reconnect]",
    async () => {
      const { run, ok, createNode, tcpPort } = openWorkspace();
      for (const name of ["n1", "n2"]) await createNode(name);
      const wire = await startFaultyTcp(await tcpPort("n2"));
      const connection = await ok(`tcp-connection create --from n1 --to 127.0.0.1:${wire.port}`);
      const send = () =>
        run([
          "message",
          "send",
          "hello",
          "--from",
          "n1",
          "--to",
          `${connection}/service/uppercase`,
          "--timeout",
          "1s",
        ]);
      expect((await send()).stdout).toBe("HELLO\n");
      wire.cut();
      const cutAt = performance.now();
      await eventually(
        "the connection is down",
        async () => (await send()).stderr.includes("CONNECTION_DOWN"),
        25_000,
      );
      // 15 s, and what the command that found out took.
      expect(performance.now() - cutAt).toBeLessThan(15_000 + 3_500);
      wire.heal();
      await eventually("the connection is back", async () => (await send()).stdout === "HELLO\n", 20_000);
    },
    longTestMs,
  );
});
