import type { TransportCapabilities } from "@x/core";
import type { ComplianceCase, Requirement } from "./compliance-case.js";
import { defaultStallMs, defaultWaitMs, defaultWatchMs } from "./limits.js";
import type { ComplianceLimits, TransportSubject } from "./subject.js";
import { TestBench } from "./test-bench.js";

/** Fills up limits with their defaults. */
export function complianceLimits(limits: Partial<ComplianceLimits> = {}): ComplianceLimits {
  return { waitMs: defaultWaitMs, stallMs: defaultStallMs, watchMs: defaultWatchMs, ...limits };
}

/** The capabilities a case needs and a transport does not declare. */
export function missingCapabilities(
  complianceCase: ComplianceCase,
  capabilities: TransportCapabilities,
): readonly Requirement[] {
  return (complianceCase.requires ?? []).filter((requirement) => !capabilities[requirement]);
}

/** Runs one case on a new subject; rejects when the transport breaks the promise. */
export async function runComplianceCase(
  complianceCase: ComplianceCase,
  subject: TransportSubject,
  limits?: Partial<ComplianceLimits>,
): Promise<void> {
  const bench = new TestBench(subject, complianceLimits(limits));
  try {
    await complianceCase.run(bench);
  } catch (failure) {
    // The case's own failure says more than what follows from it.
    await bench.close().catch(() => {});
    throw failure;
  }
  await bench.close();
  bench.checkPromises();
}
