import { writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { carrierOf, type Outage, outlive, transferBytesPerSecond } from "../engine/recovery.js";
import { Streams, untilOver } from "../engine/streams.js";
import { judge } from "../engine/verdict.js";
import { longTestMs, patienceMs } from "../harness/limits.js";
import { holdOpen } from "../harness/on-finished.js";
import { portOf } from "../harness/ports.js";
import { isRunning, killProcess, listeningPorts, processesOf } from "../harness/processes.js";
import { startWebServer } from "../harness/targets.js";
import { eventually, firstServed } from "../harness/waiting.js";
import { type Host, type Lab, openLab, privateAddress, publicAddress } from "./lab.js";
import { isInstalled, missing } from "./namespace.js";

if (missing !== undefined) process.stderr.write(`NAT suite skipped: ${missing}\n`);

/** Longest wait until a laboratory with its nodes is ready, in milliseconds. */
const openMs = 60_000;

const [relayPort, targetPort] = [7_000, 9_000];
const place = `${publicAddress}:${relayPort}`;

/** More than any line here carries, in bytes per second. */
const fullSpeed = 40_000_000;

/**
 * How soon service must be back, in milliseconds: after a killed relay listens again, a line carries again, and a router has
 * forgotten its mappings or got another address.
 */
const [relayReturnMs, lineReturnMs, mappingLossMs] = [3_000, 5_000, 5_000];

/** An outage, in milliseconds. 7 s: between two retransmissions of TCP, where it wakes up latest. */
const outageMs = 7_000;

const legs = ["tcp", "udp"] as const;
type Leg = (typeof legs)[number];

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

/** Starts a node on each host, and a relay and a connection over each leg. Gives the routes from home a to home b. */
async function openNodes({ host, a, b }: Lab): Promise<Readonly<Record<Leg, string>>> {
  await host.ok(`node create n2 --tcp-listener-address=${place} --udp-listener-address=${place}`);
  await b.ok("node create n3");
  await b.ok("service start hop --at n3");
  await a.ok("node create n1");
  const route = async (leg: Leg): Promise<string> => {
    await b.ok(`relay create n3-${leg} --at /ip4/${publicAddress}/${leg}/${relayPort} --to n3`);
    return `${await a.ok(`${leg}-connection create --from n1 --to ${place}`)}/service/forward_to_n3-${leg}`;
  };
  return { tcp: await route("tcp"), udp: await route("udp") };
}

describe.skipIf(missing !== undefined)("across two NATs", { timeout: longTestMs }, () => {
  let lab: Lab;
  let routes: Readonly<Record<Leg, string>>;
  let close = async (): Promise<void> => {};
  let pids: readonly number[] = [];
  const streams = new Streams();
  const doors = new Map<Leg, () => Socket>();
  const enter = (leg: Leg): (() => Socket) => doors.get(leg) as () => Socket;
  const probe = (leg: Leg) => (): Promise<void> => streams.probe(enter(leg));
  const endPids = (): number[] => [lab.a, lab.b].flatMap(({ home }) => processesOf(home));

  /** From home a, through the relay on the public host, to a server in home b: one portal over TCP, one over UDP. */
  const open = async (): Promise<Lab> => {
    const opened = await openLab();
    const { a, b } = opened;
    routes = await openNodes(opened);
    await b.namespace.serve(targetPort, streams.serve);
    await b.ok(`tcp-outlet create --at n3 --to 127.0.0.1:${targetPort}`);
    for (const leg of legs) {
      const port = portOf(await a.ok(`tcp-inlet create --at n1 --to ${routes[leg]}/service/outlet`));
      doors.set(leg, await a.namespace.door(port));
    }
    return opened;
  };

  beforeAll(async () => {
    ({ held: lab, close } = await holdOpen(open));
    pids = endPids();
  }, openMs);
  afterEach(() => lab.a.line.mend());
  afterAll(() => close());

  it("homes reach the public host, and nobody reaches them [story-address-route]", async () => {
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
    // Only the public host waits for anybody else.
    expect(await openSockets(host)).toEqual([`tcp ${place}`, `udp ${place}`]);
    for (const home of [a, b]) expect(await openSockets(home)).toEqual([]);
  });

  it.each(legs)("the story works over %s [story-address-route] [story-curl]", async (leg) => {
    const { a, b } = lab;
    expect(routes[leg]).toMatch(/^\/worker\/[0-9a-f]{32}\//);
    expect(await a.ok(`message send hello --from n1 --to ${routes[leg]}/service/uppercase`)).toBe("HELLO");
    const web = await startWebServer(b.namespace.enter);
    await b.ok(`tcp-outlet create --at n3 --from web-${leg} --to 127.0.0.1:${web}`);
    for (const hop of ["/service/hop", ""]) {
      const inlet = await a.ok(`tcp-inlet create --at n1 --to ${routes[leg]}${hop}/service/web-${leg}`);
      const head = await a.namespace.run(`curl --silent --show-error --head ${inlet}`);
      expect(head).toMatch(/^HTTP\/1\.[01] 200 OK/);
    }
  });

  it("the story works sealed from end to end, for messages and for a portal", async () => {
    const { a, b } = lab;
    const sealed = `/ip4/${publicAddress}/tcp/${relayPort}/service/forward_to_n3-tcp/secure/api`;
    expect(await a.ok(`message send hello --from n1 --to ${sealed}/service/uppercase`)).toBe("HELLO");
    const web = await startWebServer(b.namespace.enter);
    await b.ok(`tcp-outlet create --at n3 --from sealed --to 127.0.0.1:${web}`);
    const inlet = await a.ok(`tcp-inlet create --at n1 --to ${sealed}/service/sealed`);
    const head = await a.namespace.run(`curl --silent --show-error --head ${inlet}`);
    expect(head).toMatch(/^HTTP\/1\.[01] 200 OK/);
  });

  it("two commands lead from one home to the other", async () => {
    const { a, b } = lab;
    const web = await startWebServer(b.namespace.enter);
    const ticket = join(a.home, "ticket");
    writeFileSync(ticket, await b.ok(`share ${web} --via ${place} --name web --detach`));
    const inlet = await a.ok(`open ${ticket} --detach`);
    const head = await a.namespace.run(`curl --silent --show-error --head ${inlet}`);
    expect(head).toMatch(/^HTTP\/1\.[01] 200 OK/);
    await a.ok("open stop");
    await b.ok("share stop");
    expect(endPids()).toEqual(pids);
  });

  /** Lets something happen while both portals carry data both ways. */
  const expectReturn = async (
    barMs: number,
    happen: () => Promise<unknown>,
    isMomentary = false,
  ): Promise<void> => {
    const ways = legs.map(async (leg) => {
      const stream = await streams.transfer(enter(leg), transferBytesPerSecond);
      return { carrier: await carrierOf(stream), probe: probe(leg) };
    });
    const outage = async (): Promise<Outage> => {
      const begunAt = performance.now();
      await happen();
      if (isMomentary) return { mendedAt: begunAt, isMomentary, watchMs: 2_000 };
      return { mendedAt: performance.now() };
    };
    for (const { recoverMs, lostBytes } of await outlive(await Promise.all(ways), outage)) {
      expect(lostBytes).toBe(0);
      expect(recoverMs).toBeLessThanOrEqual(barMs);
    }
    expect(endPids()).toEqual(pids);
  };

  it("portals are back within seconds when the relay was killed and started again [portal-relay-restart] [relay-heal]", async () => {
    const { host } = lab;
    let started: Promise<unknown> | undefined;
    await expectReturn(relayReturnMs, async () => {
      const [pid = 0] = processesOf(host.home);
      killProcess(pid);
      await eventually("the relay's node is gone", () => !isRunning(pid));
      await sleep(outageMs);
      started = host.ok("node start n2");
      const listens = (): boolean =>
        processesOf(host.home).some((one) => listeningPorts(one).includes(relayPort));
      await eventually("the relay listens", listens);
    });
    await started;
  });

  it.each([
    ["a", "is cut without a word", 1, outageMs],
    ["b", "is cut without a word", 1, outageMs],
    ["b", "flaps", 5, 200],
  ] as const)(
    "portals go on when the line of home %s %s [portal-path-cut]",
    async (name, _what, times, lastsMs) => {
      const { line } = lab[name];
      await expectReturn(lineReturnMs, async () => {
        for (let time = 1; time <= times; time++) {
          await line.cut();
          await sleep(lastsMs);
          await line.restore();
          if (time < times) await sleep(300);
        }
      });
    },
  );

  it.skipIf(!isInstalled("conntrack")).each(["a", "b"] as const)(
    "portals go on when the router of home %s forgets its mappings [portal-path-cut]",
    (name) => expectReturn(mappingLossMs, () => lab[name].router.run("conntrack -F"), true),
  );

  it.each([
    ["a", "10.77.0.22"],
    ["b", "10.77.0.33"],
  ] as const)("portals go on when home %s gets the address %s [portal-path-cut]", (name, address) =>
    expectReturn(mappingLossMs, () => lab[name].moveTo(address), true),
  );

  /** Moves so many bytes each way as fast as the path allows, with a visitor beside them. */
  const expectExact = async (leg: Leg, bytes: number): Promise<void> => {
    const stream = await streams.transfer(enter(leg), fullSpeed, bytes);
    await probe(leg)();
    await untilOver(stream, patienceMs);
    expect(judge({ ...stream, target: stream.target }, [])).toEqual({ outcome: "exact", violations: [] });
    expect(stream.visitor.receivedBytes).toBe(bytes);
  };

  it.each(legs)("portals carry 25 MB each way exactly (%s) [portal-exact] [udp-large]", (leg) =>
    expectExact(leg, 25_000_000),
  );

  it.skipIf(!isInstalled("python3")).each([
    [{ delayMs: 25, jitterMs: 5, lossPercent: 0 }, "10.77.0.41"],
    [{ delayMs: 10, jitterMs: 5, lossPercent: 1 }, "10.77.0.42"],
  ])("portals carry every byte over a line with %j each way [portal-loss]", async (faults, address) => {
    await lab.a.line.spoil(faults);
    // Connections are made anew, or TCP would go on with what it measured on the line as it was before.
    await lab.a.moveTo(address);
    for (const leg of legs) expect(await firstServed(probe(leg))).toBeLessThan(patienceMs);
    for (const leg of legs) await expectExact(leg, 1_000_000);
  });

  it("homes stay reachable through NATs that forget silent mappings after 6 s [udp-peers]", async () => {
    for (const { router } of [lab.a, lab.b]) {
      const set = "sysctl -qw net.netfilter.nf_conntrack_udp_timeout";
      await router.run(`${set}=6`, `${set}_stream=6`);
    }
    await probe("udp")();
    await sleep(7_500);
    expect(await firstServed(probe("udp"))).toBeLessThan(1_000);
  });

  it("nothing is left when all nodes are deleted [story-nothing-left]", async () => {
    for (const end of [lab.a, lab.b, lab.host]) {
      await end.ok("node delete --all --yes");
      await eventually("no process is left", () => processesOf(end.home).length === 0);
    }
    for (const end of [lab.a, lab.host]) expect(await openSockets(end, true)).toEqual([]);
    // What is left there on loopback is the test's own.
    expect(await openSockets(lab.b)).toEqual([]);
  });
});
