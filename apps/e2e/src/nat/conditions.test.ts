import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Lab, openLab } from "./lab.js";
import { breakTestMs, openLabMs } from "./limits.js";
import type { LineFaults } from "./line.js";
import { isInstalled, missing } from "./missing.js";
import { legs, openPortals, type Portals, type Way } from "./portal.js";
import { firstVisit } from "./recovery.js";
import { formatTable } from "./table.js";
import { measureTransfer, type Throughput, throughputColumns } from "./throughput.js";

const ways: readonly Way[] = ["direct", ...legs];
const canSpoil = isInstalled("python3") && isInstalled("ethtool");
const canSlow = isInstalled("tc");

/** Bytes that each direction moves over a good line, and over a bad one. */
const [goodLineBytes, badLineBytes] = [25_000_000, 1_000_000];

const badLines: readonly (readonly [string, LineFaults])[] = [
  ["25 ms ± 5 ms each way", { delayMs: 25, jitterMs: 5, lossPercent: 0 }],
  ["10 ms ± 5 ms and 1 % loss each way", { delayMs: 10, jitterMs: 5, lossPercent: 1 }],
];

/** How long mappings of the forgetful NAT live, and how long nobody speaks, in milliseconds. */
const [mappingMs, silenceMs] = [6_000, 7_500];

describe.skipIf(missing !== undefined)("portals across two NATs", () => {
  let lab: Lab;
  let portals: Portals;
  const measured: Throughput[] = [];
  const addresses = ["10.77.0.21", "10.77.0.22", "10.77.0.23"].values();

  beforeAll(async () => {
    lab = await openLab();
    portals = await openPortals(lab);
  }, openLabMs);

  afterEach(() => lab.a.line.mend());

  afterAll(async () => {
    if (measured.length > 0) process.stdout.write(formatTable(throughputColumns, measured));
    await lab?.close();
  });

  /** Connections are made anew, or TCP would go on with what it measured on the line as it was before. */
  const reconnect = async (): Promise<void> => {
    await lab.a.moveTo(addresses.next().value ?? "");
    for (const leg of legs) expect(await firstVisit(portals, leg)).toBeLessThan(breakTestMs);
  };

  const check = async (what: string, way: Way, bytes: number): Promise<void> => {
    const throughput = await measureTransfer(what, portals, way, bytes);
    measured.push(throughput);
    expect(throughput).toMatchObject({ lostBytes: 0, isExact: true });
  };

  it.each(ways)(
    "carry 50 MB exactly (%s) [portal-exact] [udp-large]",
    (way) => check("good line", way, goodLineBytes),
    breakTestMs,
  );

  it.skipIf(!canSpoil).each(badLines)(
    "carry every byte over a line with %s [portal-loss]",
    async (what, faults) => {
      await lab.a.line.spoil(faults);
      await reconnect();
      for (const way of ways) await check(what, way, badLineBytes);
    },
    breakTestMs,
  );

  it.skipIf(!canSlow)(
    "carry every byte over a line with 20 Mbit/s [portal-exact]",
    async () => {
      await lab.a.line.slow(20);
      await reconnect();
      for (const way of ways) await check("20 Mbit/s", way, badLineBytes);
    },
    breakTestMs,
  );

  it("stay reachable through NATs that soon forget silent mappings [udp-peers]", async () => {
    for (const { router } of [lab.a, lab.b]) {
      for (const name of ["udp_timeout", "udp_timeout_stream"]) {
        await router.run(`sysctl -qw net.netfilter.nf_conntrack_${name}=${mappingMs / 1_000}`);
      }
    }
    await portals.visit("udp");
    await sleep(silenceMs);
    expect(await firstVisit(portals, "udp")).toBeLessThan(1_000);
  });
});
