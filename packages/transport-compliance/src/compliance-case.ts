import type { TestBench } from "./test-bench.js";

/** A promise of a transport that not every transport gives. */
export type Requirement = "reliable" | "ordered";

/** One promise of the transport contract and the test that it is kept. */
export interface ComplianceCase {
  /** The behaviour, in the present tense. Unique. */
  readonly name: string;
  /** The capabilities without which the promise is not given: the case is skipped. Default none. */
  readonly requires?: readonly Requirement[];
  /** Rejects when the promise is broken. */
  readonly run: (bench: TestBench) => Promise<void>;
}
