import type { Figure } from "./check.js";
import type { Series } from "./statistics.js";

/** One table: what was measured of several chains. */
export interface Table {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
  /** Held against bars of the design. */
  readonly checks: readonly Figure[];
  /** Beside tunnels in other languages, or beside another build: for information, a goal that is missed fails nothing. */
  readonly comparisons: readonly Figure[];
  /** Share of the machine's CPU time that other programs took meanwhile, 0 to 1. Above 0.1 the figures say little. */
  readonly othersShare?: number;
  /** What a reader must know: chains left out, failures, formulas. */
  readonly notes: readonly string[];
}

/** Everything a run found out: the content of `latest.json`. */
export interface Results {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly mode: "full" | "quick";
  readonly rounds: number;
  /** In one line. */
  readonly machine: string;
  readonly chains: readonly { readonly name: string; readonly title: string; readonly missing?: string }[];
  readonly tables: readonly Table[];
}
