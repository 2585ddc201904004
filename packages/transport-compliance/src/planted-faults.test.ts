import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import type { Transport } from "@x/core";
import { afterEach, describe, expect, it } from "vitest";
import { closingFaults } from "../faults/closing-faults.js";
import { datagramFaults } from "../faults/datagram-faults.js";
import type { Fault } from "../faults/fault.js";
import { flowFaults } from "../faults/flow-faults.js";
import { frameFaults } from "../faults/frame-faults.js";
import { livenessFaults } from "../faults/liveness-faults.js";
import { meetingFaults } from "../faults/meeting-faults.js";
import { memoryFaults } from "../faults/memory-faults.js";
import { leftBehind, type Plant } from "../faults/plant.js";
import { roomFaults } from "../faults/room-faults.js";
import { myWire } from "../template/src/index.js";
import { complianceCases, pipeDetour, runComplianceCase, type TransportSubject } from "./index.js";

const faults = [
  ...frameFaults,
  ...flowFaults,
  ...memoryFaults,
  ...closingFaults,
  ...meetingFaults,
  ...roomFaults,
  ...livenessFaults,
];

function subject(plant: Plant = (base) => base): TransportSubject {
  return {
    create: () =>
      plant(myWire({ closeTimeoutMs: 100, dialTimeoutMs: 500, handshakeTimeoutMs: 500, deadPeerMs: 1_000 })),
    listenWhere: freePath,
    detour: (where) => pipeDetour(where, freePath()),
  };
}

function freePath(): string {
  const name = randomUUID().slice(0, 13);
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : `${tmpdir()}/${name}.sock`;
}

afterEach(async () => {
  await Promise.all(leftBehind.splice(0).map((cleanUp) => cleanUp()));
});

describe("complianceCases", () => {
  it("have names that differ", () => {
    const names = complianceCases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(complianceCases)(
    "$name: passes without a fault, and one is planted for it [transport-parts]",
    async (complianceCase) => {
      await runComplianceCase(complianceCase, subject());
      const noticed = faults.filter(({ noticedBy }) => complianceCase.name.startsWith(noticedBy));
      expect(noticed, "faults planted for this case").not.toHaveLength(0);
    },
  );

  it.each(faults)("notice a transport that $fault", (fault) => checkNoticed(fault, fault.plant));

  it.each(datagramFaults)("notice a transport without promises that $fault", (fault) =>
    checkNoticed(fault, (base) => withoutPromises(fault.plant(base))),
  );

  it("ask of a transport without promises only what it can keep [transport-capabilities]", async () => {
    const asked = complianceCases.filter(({ requires }) => requires === undefined);
    for (const complianceCase of asked) await runComplianceCase(complianceCase, subject(withoutPromises));
    expect(asked.length).toBeGreaterThan(20);
  });
});

/** The same transport, declared as one that may lose and reorder frames. */
function withoutPromises(base: Transport): Transport {
  const capabilities = { ...base.capabilities, reliable: false, ordered: false };
  return { ...base, capabilities };
}

async function checkNoticed({ noticedBy, failure, waitMs, stallMs }: Fault, plant: Plant): Promise<void> {
  const matching = complianceCases.filter(({ name }) => name.startsWith(noticedBy));
  expect(matching.map(({ name }) => name)).toHaveLength(1);
  const [complianceCase] = matching;
  if (complianceCase === undefined) return;
  const limits = { ...(waitMs && { waitMs }), ...(stallMs && { stallMs }) };
  await expect(runComplianceCase(complianceCase, subject(plant), limits)).rejects.toThrow(failure);
}
