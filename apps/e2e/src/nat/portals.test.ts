import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { carrierOf, type Outage, outlive, transferBytesPerSecond } from "../engine/recovery.js";
import { Streams, untilOver } from "../engine/streams.js";
import { judge } from "../engine/verdict.js";
import { longTestMs, patienceMs } from "../harness/limits.js";
import { holdOpen } from "../harness/on-finished.js";
import { portOf } from "../harness/ports.js";
import { isRunning, killProcess, listeningPorts, processesOf } from "../harness/processes.js";
import { eventually, firstServed } from "../harness/waiting.js";
import { type Lab, openLab, openLabMs, publicAddress } from "./lab.js";
import { isInstalled, missing } from "./namespace.js";

const [relayPort, targetPort] = [7_000, 9_000];

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

describe.skipIf(missing !== undefined)("portals across two NATs", { timeout: longTestMs }, () => {
  let lab: Lab;
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
    const { host, a, b } = opened;
    const place = `${publicAddress}:${relayPort}`;
    await host.ok(`node create n2 --tcp-listener-address=${place} --udp-listener-address=${place}`);
    await b.ok("node create n3");
    await b.namespace.serve(targetPort, streams.serve);
    await b.ok(`tcp-outlet create --at n3 --to 127.0.0.1:${targetPort}`);
    await a.ok("node create n1");
    for (const leg of legs) {
      await b.ok(`relay create n3-${leg} --at /ip4/${publicAddress}/${leg}/${relayPort} --to n3`);
      const connection = await a.ok(`${leg}-connection create --from n1 --to ${place}`);
      const route = `${connection}/service/forward_to_n3-${leg}/service/outlet`;
      const port = portOf(await a.ok(`tcp-inlet create --at n1 --to ${route}`));
      doors.set(leg, await a.namespace.door(port));
    }
    return opened;
  };

  beforeAll(async () => {
    ({ held: lab, close } = await holdOpen(open));
    pids = endPids();
  }, openLabMs);
  afterEach(async () => {
    await lab.a.line.mend();
    expect(endPids()).toEqual(pids);
  });
  afterAll(() => close());

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
      return {
        mendedAt: isMomentary ? begunAt : performance.now(),
        isMomentary,
        watchMs: isMomentary ? 2_000 : 0,
      };
    };
    for (const { recoverMs, lostBytes } of await outlive(await Promise.all(ways), outage)) {
      expect(lostBytes).toBe(0);
      expect(recoverMs).toBeLessThanOrEqual(barMs);
    }
  };

  it("are back within seconds when the relay was killed and started again [portal-relay-restart] [relay-heal]", async () => {
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

  it.each(["a", "b"] as const)(
    "are back within seconds when the line of home %s was cut without a word [portal-path-cut]",
    async (name) => {
      const { line } = lab[name];
      await expectReturn(lineReturnMs, async () => {
        await line.cut();
        await sleep(outageMs);
        await line.restore();
      });
    },
  );

  it("go on when the line of home b flaps [portal-path-cut]", async () => {
    const { line } = lab.b;
    await expectReturn(lineReturnMs, async () => {
      for (let flap = 0; flap < 5; flap++) {
        await line.cut();
        await sleep(200);
        await line.restore();
        await sleep(300);
      }
    });
  });

  it.skipIf(!isInstalled("conntrack")).each(["a", "b"] as const)(
    "go on when the router of home %s forgets its mappings [portal-path-cut]",
    async (name) => {
      await expectReturn(mappingLossMs, () => lab[name].router.run("conntrack -F"), true);
    },
  );

  it.each([
    ["a", "10.77.0.22"],
    ["b", "10.77.0.33"],
  ] as const)("go on when home %s gets the address %s [portal-path-cut]", async (name, address) => {
    await expectReturn(mappingLossMs, () => lab[name].moveTo(address), true);
  });

  /** Moves so many bytes each way as fast as the path allows, with a visitor beside them. */
  const expectExact = async (leg: Leg, bytes: number): Promise<void> => {
    const stream = await streams.transfer(enter(leg), fullSpeed, bytes);
    await probe(leg)();
    await untilOver(stream, patienceMs);
    expect(judge({ ...stream, target: stream.target }, [])).toEqual({ outcome: "exact", violations: [] });
    expect(stream.visitor.receivedBytes).toBe(bytes);
  };

  /** Connections are made anew, or TCP would go on with what it measured on the line as it was before. */
  const reconnect = async (address: string): Promise<void> => {
    await lab.a.moveTo(address);
    for (const leg of legs) expect(await firstServed(probe(leg))).toBeLessThan(patienceMs);
  };

  it.each(legs)("carry 25 MB each way exactly (%s) [portal-exact] [udp-large]", (leg) =>
    expectExact(leg, 25_000_000),
  );

  it.skipIf(!isInstalled("python3")).each([
    [{ delayMs: 25, jitterMs: 5, lossPercent: 0 }, "10.77.0.41"],
    [{ delayMs: 10, jitterMs: 5, lossPercent: 1 }, "10.77.0.42"],
  ])("carry every byte over a line with %j each way [portal-loss]", async (faults, address) => {
    await lab.a.line.spoil(faults);
    await reconnect(address);
    for (const leg of legs) await expectExact(leg, 1_000_000);
  });

  it.skipIf(!isInstalled("tc"))("carry every byte over a line with 20 Mbit/s [portal-exact]", async () => {
    await lab.a.line.slow(20);
    await reconnect("10.77.0.43");
    for (const leg of legs) await expectExact(leg, 1_000_000);
  });

  it("stay reachable through NATs that forget silent mappings after 6 s [udp-peers]", async () => {
    for (const { router } of [lab.a, lab.b]) {
      const set = "sysctl -qw net.netfilter.nf_conntrack_udp_timeout";
      await router.run(`${set}=6`, `${set}_stream=6`);
    }
    await probe("udp")();
    await sleep(7_500);
    expect(await firstServed(probe("udp"))).toBeLessThan(1_000);
  });
});
