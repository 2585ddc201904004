import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../harness/eventually.js";
import { isRunning, killProcess, processesOf } from "../harness/processes.js";
import { type Lab, openLab } from "./lab.js";
import { breakTestMs, lineReturnMs, mappingLossMs, openLabMs, relayReturnMs, rounds } from "./limits.js";
import { isInstalled, missing } from "./missing.js";
import { openPortals, type Portals, relayPort } from "./portal.js";
import { measureRecovery, type Recovery, recoveryColumns } from "./recovery.js";
import { formatTable } from "./table.js";

/** Outage of the first round, in milliseconds. 7 s: between two retransmissions of TCP, where it wakes up latest. */
const firstOutageMs = 7_000;

/** Outages, by turns at home a and home b. */
const outages = Array.from({ length: rounds }, (_, round) => ({
  name: round % 2 === 0 ? ("a" as const) : ("b" as const),
  outageMs: round === 0 ? firstOutageMs : Math.round(5_000 + Math.random() * 15_000),
}));

/** How a flapping line carries and does not, in milliseconds. */
const [flapUpMs, flapDownMs] = [300, 200];

describe.skipIf(missing !== undefined)("portals across two NATs", () => {
  let lab: Lab;
  let portals: Portals;
  let pids: Record<"n1" | "n3", number | undefined>;
  const measured: Recovery[] = [];

  beforeAll(async () => {
    lab = await openLab();
    portals = await openPortals(lab);
    pids = { n1: processesOf(lab.a.home)[0], n3: processesOf(lab.b.home)[0] };
  }, openLabMs);

  afterEach(() => {
    expect({ n1: processesOf(lab.a.home)[0], n3: processesOf(lab.b.home)[0] }).toEqual(pids);
  });

  afterAll(async () => {
    if (measured.length > 0) process.stdout.write(formatTable(recoveryColumns, measured));
    await lab?.close();
  });

  const check = (recoveries: readonly Recovery[], barMs: number): void => {
    measured.push(...recoveries);
    for (const recovery of recoveries) {
      expect(recovery).toMatchObject({ lostBytes: 0, isExact: true });
      expect(recovery, `back within ${barMs} ms`).toSatisfy(
        ({ transferMs, visitMs }: Recovery) => Math.max(transferMs, visitMs) <= barMs,
      );
    }
  };

  it.each(outages)(
    "are back within seconds when the relay was killed and started again after $outageMs ms [portal-relay-restart] [relay-heal]",
    async ({ outageMs }) => {
      const damage = async (): Promise<void> => {
        const [pid = 0] = processesOf(lab.host.home);
        killProcess(pid);
        await eventually("the relay's node is gone", () => !isRunning(pid));
        await sleep(outageMs);
        const started = lab.host.ok("node start n2");
        await eventually("the relay listens", () => lab.host.agent.listeningPorts().includes(relayPort));
        void started;
      };
      check(
        await measureRecovery(`relay dead for ${(outageMs / 1_000).toFixed(1)} s`, portals, damage),
        relayReturnMs,
      );
    },
    breakTestMs,
  );

  it.each(outages)(
    "are back within seconds when the line of home $name was cut without a word for $outageMs ms [portal-path-cut]",
    async ({ name, outageMs }) => {
      const { line } = lab[name];
      const damage = async (): Promise<void> => {
        await line.cut();
        await sleep(outageMs);
        await line.restore();
      };
      const what = `line of ${name} cut for ${(outageMs / 1_000).toFixed(1)} s`;
      check(await measureRecovery(what, portals, damage), lineReturnMs);
    },
    breakTestMs,
  );

  it(
    "go on when the line of home b flaps [portal-path-cut]",
    async () => {
      const { line } = lab.b;
      const damage = async (): Promise<void> => {
        for (let flap = 0; flap < 5; flap++) {
          await line.cut();
          await sleep(flapDownMs);
          await line.restore();
          await sleep(flapUpMs);
        }
      };
      check(await measureRecovery("line of b flaps", portals, damage), lineReturnMs);
    },
    breakTestMs,
  );

  it.skipIf(!isInstalled("conntrack")).each(["a", "b"] as const)(
    "go on when the router of home %s forgets its mappings [portal-path-cut]",
    async (name) => {
      const what = `router of ${name} forgets mappings`;
      check(await measureRecovery(what, portals, () => lab[name].forgetMappings(), true), mappingLossMs);
    },
    breakTestMs,
  );

  it.each([
    ["a", "10.77.0.22"],
    ["b", "10.77.0.33"],
  ] as const)(
    "go on when home %s gets the address %s [portal-path-cut]",
    async (name, address) => {
      const what = `home ${name} gets another address`;
      check(await measureRecovery(what, portals, () => lab[name].moveTo(address), true), mappingLossMs);
    },
    breakTestMs,
  );
});
