import { complianceCases } from "./compliance-cases.js";
import { waitsPerCase } from "./limits.js";
import { complianceLimits, missingCapabilities, runComplianceCase } from "./run-case.js";
import type { ComplianceLimits, TransportSubject } from "./subject.js";

/** What the suite needs of a test runner: the `describe` and `it` of vitest, Jest or `node:test`. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: ((name: string, body: () => Promise<void>, timeoutMs?: number) => unknown) & {
    readonly skip: (name: string, body: () => Promise<void>) => unknown;
  };
  /** Default: see {@link ComplianceLimits}. */
  readonly limits?: Partial<ComplianceLimits>;
}

/**
 * Registers the whole suite for a transport. What the transport does not promise in its capabilities is skipped, nothing else.
 *
 * @param name what is tested: `tcp()`
 * @param makeSubject called once for the capabilities and once for each case
 */
export function describeTransport(
  name: string,
  makeSubject: () => TransportSubject,
  { describe, it, limits }: TestRunner,
): void {
  const { capabilities } = makeSubject().create();
  const timeoutMs = complianceLimits(limits).waitMs * waitsPerCase;
  describe(`${name} keeps the transport contract`, () => {
    for (const complianceCase of complianceCases) {
      const run = (): Promise<void> => runComplianceCase(complianceCase, makeSubject(), limits);
      const missing = missingCapabilities(complianceCase, capabilities);
      if (missing.length === 0) it(complianceCase.name, run, timeoutMs);
      else it.skip(`${complianceCase.name} (needs: ${missing.join(", ")})`, run);
    }
  });
}
