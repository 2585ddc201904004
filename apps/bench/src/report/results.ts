import type { Bar } from "./check.js";
import type { Summary } from "./statistics.js";

/** One chain's figures in one row. */
export interface Series extends Summary {
  /** The chain, or the thing measured. */
  readonly name: string;
  /** CPU time that the chain's own processes spent, in seconds per gigabyte carried. Only bulk rows have it. */
  readonly cpuSecondsPerGigabyte?: number;
}

/** A figure of a row. */
export interface Figure {
  /** What is compared: `culvert / pipes`. */
  readonly what: string;
  readonly value: number;
  /** Least and greatest value over the rounds, where it was measured in rounds. */
  readonly spread?: readonly [number, number];
  /** `×` for ratios, `KiB`, `MiB`. */
  readonly unit: string;
}

/** A figure held against its bar. */
export interface Check extends Figure, Bar {
  readonly passed: boolean;
}

/** A figure beside a tunnel in another language, for information. */
export interface Comparison extends Figure {
  /** What is wished for; missing it fails nothing. */
  readonly goal?: Bar;
}

/** One row of the table. */
export interface RowResult {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: "more" | "less";
  readonly series: readonly Series[];
  readonly checks: readonly Check[];
  /** Default: none. */
  readonly comparisons?: readonly Comparison[];
  /** Share of the machine's CPU time that other programs took meanwhile, 0 to 1. Above 0.1 the figures say little. */
  readonly othersShare?: number;
  /** What a reader must know: chains left out, failures, formulas. */
  readonly notes: readonly string[];
}

/** The machine the figures come from. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGibibytes: number;
  readonly system: string;
  readonly node: string;
  /** Share of CPU time other programs took just before the run, 0 to 1. */
  readonly busyBefore: number;
}

/** Everything a run found out: the content of `latest.json`. */
export interface Results {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly mode: "full" | "quick";
  readonly rounds: number;
  readonly machine: Machine;
  readonly chains: readonly { readonly name: string; readonly title: string; readonly missing?: string }[];
  readonly rows: readonly RowResult[];
}
