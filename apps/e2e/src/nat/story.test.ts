import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { longTestMs } from "../harness/limits.js";
import { holdOpen } from "../harness/on-finished.js";
import { processesOf } from "../harness/processes.js";
import { startWebServer } from "../harness/targets.js";
import { eventually } from "../harness/waiting.js";
import { type Host, type Lab, openLab, openLabMs, privateAddress, publicAddress } from "./lab.js";
import { missing } from "./namespace.js";

if (missing !== undefined) process.stderr.write(`NAT suite skipped: ${missing}\n`);

/** Sockets of a host that wait for others, each as `protocol address`; without those of loopback or with them. */
async function openSockets({ namespace }: Host, withLoopback = false): Promise<string[]> {
  const rows = (await namespace.run("ss -Hltun")).split("\n").filter(Boolean);
  const sockets = rows
    .map((row) => row.split(/\s+/))
    .map(([protocol, , , , address]) => `${protocol} ${address}`);
  return sockets.filter((socket) => withLoopback || !socket.includes(" 127.0.0.1:")).sort();
}

/** Tries for a while to connect, and expects the system to say that it cannot. */
async function expectNoWay({ namespace }: Host, to: string, port: number, outcome: string): Promise<void> {
  const attempt = namespace.run(`socat /dev/null TCP:${to}:${port},connect-timeout=1.5`);
  await expect(attempt).rejects.toThrow(outcome);
}

describe.skipIf(missing !== undefined)("the story across two NATs", { timeout: longTestMs }, () => {
  let lab: Lab;
  let close = async (): Promise<void> => {};
  beforeAll(async () => {
    ({ held: lab, close } = await holdOpen(openLab));
  }, openLabMs);
  afterAll(() => close());

  it("has homes that can reach the public host, and that nobody can reach", async () => {
    const { host, a, b } = lab;
    const attempts = [
      [a, publicAddress, "Connection refused"],
      [b, publicAddress, "Connection refused"],
      [host, a.address(), "Connection timed out"],
      [host, b.address(), "Connection timed out"],
      [a, b.address(), "Connection timed out"],
      [b, a.address(), "Connection timed out"],
      [host, privateAddress, "Network is unreachable"],
    ] as const;
    await Promise.all(attempts.map(([from, to, outcome]) => expectNoWay(from, to, 22, outcome)));
  });

  it.each(["tcp", "udp"])(
    "works, command by command, over %s [story-address-route] [story-curl] [story-nothing-left]",
    async (transport) => {
      const { host, a, b } = lab;
      const place = `${publicAddress}:7000`;
      await host.ok(`node create n2 --tcp-listener-address=${place} --udp-listener-address=${place}`);
      await b.ok("node create n3");
      await a.ok("node create n1");
      await b.ok("service start hop --at n3");
      const relay = await b.ok(`relay create n3 --at /ip4/${publicAddress}/${transport}/7000 --to n3`);
      expect(relay).toBe("/service/forward_to_n3");
      const connection = await a.ok(`${transport}-connection create --from n1 --to ${place}`);
      expect(connection).toMatch(/^\/worker\/[0-9a-f]{32}$/);
      const through = `${connection}/service/forward_to_n3`;
      expect(await a.ok(`message send hello --from n1 --to ${through}/service/uppercase`)).toBe("HELLO");

      const webPort = await startWebServer(b.namespace.enter);
      await b.ok(`tcp-outlet create --at n3 --from /service/outlet --to 127.0.0.1:${webPort}`);
      for (const [port, hop] of [
        [6000, "/service/hop"],
        [6001, ""],
      ] as const) {
        const route = `${through}${hop}/service/outlet`;
        await a.ok(`tcp-inlet create --at n1 --from 127.0.0.1:${port} --to ${route}`);
        const head = await a.namespace.run(`curl --silent --show-error --head 127.0.0.1:${port}`);
        expect(head).toMatch(/^HTTP\/1\.[01] 200 OK/);
      }

      // Only the public host waits for anybody else.
      expect(await openSockets(host)).toEqual([`tcp ${place}`, `udp ${place}`]);
      for (const home of [a, b]) {
        expect(await openSockets(home)).toEqual([]);
        await expectNoWay(host, home.address(), 6000, "Connection timed out");
      }

      for (const end of [a, b, host]) await end.ok("node delete --all --yes");
      for (const end of [a, b, host]) {
        await eventually("no process is left", () => processesOf(end.home).length === 0);
        const isTheUsers = (socket: string): boolean => socket.endsWith(`:${webPort}`);
        expect((await openSockets(end, true)).filter((socket) => !isTheUsers(socket))).toEqual([]);
      }
    },
  );
});
