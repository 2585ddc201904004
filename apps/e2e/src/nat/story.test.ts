import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../harness/eventually.js";
import { killProcess, processesOf } from "../harness/processes.js";
import { type Host, type Lab, openLab, privateAddress, publicAddress } from "./lab.js";
import { breakTestMs, openLabMs } from "./limits.js";
import { missing } from "./missing.js";

if (missing !== undefined) process.stderr.write(`NAT suite skipped: ${missing}\n`);

/** Sockets of a host that wait for others, each as `protocol address`. */
async function openSockets({ namespace }: Host): Promise<string[]> {
  const rows = (await namespace.run("ss -Hltun")).trim().split("\n");
  return rows.filter(Boolean).map((row) => {
    const [protocol, , , , address] = row.split(/\s+/);
    return `${protocol} ${address}`;
  });
}

/** Starts the user's own web server on a host's loopback, as the story does. */
async function startWebServer({ namespace, home }: Host, port: number): Promise<() => void> {
  const args = ["netns", "exec", namespace.name, "python3", "-u", "-m", "http.server"];
  const child = spawn("ip", [...args, "--bind", "127.0.0.1", "--directory", home, String(port)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(createInterface(child.stdout), "line");
  return () => killProcess(child.pid ?? 0);
}

describe.skipIf(missing !== undefined)("the story across two NATs", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  }, openLabMs);
  afterAll(() => lab?.close());

  it("has homes that can reach the public host, and that nobody can reach", async () => {
    const { host, a, b } = lab;
    const attempts = [
      [a, publicAddress, "ECONNREFUSED"],
      [b, publicAddress, "ECONNREFUSED"],
      [host, a.address(), "ETIMEDOUT"],
      [host, b.address(), "ETIMEDOUT"],
      [a, b.address(), "ETIMEDOUT"],
      [b, a.address(), "ETIMEDOUT"],
      [host, privateAddress, "ENETUNREACH"],
    ] as const;
    const outcomes = attempts.map(([from, to]) =>
      from.agent.connect(to, 22).then(String, (error: Error) => error.message),
    );
    expect(await Promise.all(outcomes)).toEqual(attempts.map(([, , outcome]) => outcome));
  });

  it.each(["tcp", "udp"] as const)(
    "works, command by command, over %s [story-address-route] [story-curl] [story-nothing-left]",
    async (transport) => {
      const { host, a, b } = lab;
      const place = `${publicAddress}:7000`;
      await host.ok(`node create n2 --tcp-listener-address=${place} --udp-listener-address=${place}`);
      await b.ok("node create n3");
      await a.ok("node create n1");
      await b.ok("service start hop --at n3");
      expect(await b.ok(`relay create n3 --at /ip4/${publicAddress}/${transport}/7000 --to n3`)).toBe(
        "/service/forward_to_n3",
      );
      const connection = await a.ok(`${transport}-connection create --from n1 --to ${place}`);
      expect(connection).toMatch(/^\/worker\/[0-9a-f]{32}$/);
      const through = `${connection}/service/forward_to_n3`;
      expect(await a.ok(`message send hello --from n1 --to ${through}/service/uppercase`)).toBe("HELLO");

      const stopWebServer = await startWebServer(b, 9000);
      try {
        await b.ok("tcp-outlet create --at n3 --from /service/outlet --to 127.0.0.1:9000");
        await a.ok(
          `tcp-inlet create --at n1 --from 127.0.0.1:6000 --to ${through}/service/hop/service/outlet`,
        );
        await a.ok(`tcp-inlet create --at n1 --from 127.0.0.1:6001 --to ${through}/service/outlet`);
        for (const port of [6000, 6001]) {
          expect(await a.namespace.run(`curl --silent --show-error --head 127.0.0.1:${port}`)).toMatch(
            /^HTTP\/1\.[01] 200 OK/,
          );
        }

        // Only the public host waits for anybody else.
        expect((await openSockets(host)).filter((socket) => !socket.includes(" 127.0.0.1:")).sort()).toEqual([
          `tcp ${place}`,
          `udp ${place}`,
        ]);
        for (const home of [a, b]) {
          const sockets = await openSockets(home);
          expect(sockets.filter((socket) => !socket.includes(" 127.0.0.1:"))).toEqual([]);
        }
        const visits = [host.agent.connect(a.address(), 6000), host.agent.connect(b.address(), 9000)];
        for (const visit of await Promise.allSettled(visits)) {
          expect(visit).toMatchObject({ status: "rejected", reason: { message: "ETIMEDOUT" } });
        }
      } finally {
        stopWebServer();
      }

      for (const end of [a, b, host]) await end.ok("node delete --all --yes");
      for (const end of [a, b, host]) {
        await eventually("no process is left", () => processesOf(end.home).length === 0);
        expect(await openSockets(end)).toEqual([]);
      }
    },
    breakTestMs,
  );
});
