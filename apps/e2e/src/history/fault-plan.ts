import type { PathEnd } from "../harness/faulty-tcp.js";
import type { RelayedNode } from "../harness/relayed-portal.js";
import { seededRandom } from "../harness/seeded-random.js";
import { maxGapMs, minGapMs } from "./limits.js";

/** Everything that is broken on purpose. */
export const faultKinds = [
  "relay killed",
  "relay ended",
  "inlet node killed",
  "private node killed",
  "connection reset",
  "silent cut",
  "stall",
  "half-open",
  "node stopped",
  "target down",
] as const;

/** One of {@link faultKinds}. */
export type FaultKind = (typeof faultKinds)[number];

/** One fault, decided before it comes. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** How long it lasts, in milliseconds. */
  readonly lastsMs: number;
  /** The node that is stopped. */
  readonly node: RelayedNode;
  /** Which leg to the relay breaks: that of the inlet's node, or that of the private node. */
  readonly leg: 0 | 1;
  /** Whose bytes stall, or who hears of the half-open connection. */
  readonly end: PathEnd;
  /** The pause before it, in milliseconds. */
  readonly gapMs: number;
}

/** Shortest and longest time of each kind, in milliseconds. */
const lengths: Readonly<Record<FaultKind, readonly [number, number]>> = {
  "relay killed": [1_000, 10_000],
  "relay ended": [1_000, 10_000],
  "inlet node killed": [1_000, 10_000],
  "private node killed": [1_000, 10_000],
  "connection reset": [0, 0],
  "silent cut": [1_000, 20_000],
  stall: [500, 10_000],
  "half-open": [1_000, 10_000],
  "node stopped": [1_000, 15_000],
  "target down": [500, 5_000],
};

const nodes: readonly RelayedNode[] = ["near", "relay", "far"];

/** Which faults come, where not all do, or not as long as they may. */
export interface FaultChoice {
  /** Default: all. */
  readonly kinds?: readonly FaultKind[];
  /** Longest time of one fault, in milliseconds. Default: that of its kind. */
  readonly longestMs?: number;
  /** Longest pause before a fault, in milliseconds. Default 12,000. */
  readonly longestGapMs?: number;
}

/** Faults without end, the same ones for the same seed: all kinds in a new order, again and again. */
export function* planFaults(seed: number, choice: FaultChoice = {}): Generator<PlannedFault, never> {
  const {
    kinds = faultKinds,
    longestMs = Number.POSITIVE_INFINITY,
    longestGapMs = Number.POSITIVE_INFINITY,
  } = choice;
  const random = seededRandom(seed ^ 0x2545f491);
  for (;;) {
    for (const kind of shuffled(kinds, random)) {
      const [shortest, longest] = lengths[kind];
      yield {
        kind,
        lastsMs: Math.min(longestMs, Math.round(shortest + random() * (longest - shortest))),
        node: nodes[Math.floor(random() * nodes.length)] ?? "relay",
        leg: random() < 0.5 ? 0 : 1,
        end: random() < 0.5 ? "dialler" : "listener",
        gapMs: Math.min(longestGapMs, Math.round(minGapMs + random() * (maxGapMs - minGapMs))),
      };
    }
  }
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
