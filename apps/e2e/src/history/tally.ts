import type { StreamRecord } from "./verdict.js";

/** How often each outcome came, by the pattern of the stream. */
export class Tally {
  /** Outcome → pattern → streams. */
  readonly outcomes: Map<string, Map<string, number>> = new Map();
  streams = 0;
  /** Bytes that visitors sent and received, of exact streams only. */
  exactBytes = 0;
  /** Bytes that reached a side, of all streams. */
  receivedBytes = 0;
  /** Longest time an exact stream stood still, faults included, in milliseconds. */
  longestStandstillMs = 0;

  add({ plan, visitor, target }: StreamRecord, outcome: string, standstillMs: number): void {
    this.streams++;
    const patterns = this.outcomes.get(outcome) ?? new Map<string, number>();
    patterns.set(plan.pattern, (patterns.get(plan.pattern) ?? 0) + 1);
    this.outcomes.set(outcome, patterns);
    this.receivedBytes += visitor.receivedBytes + (target?.receivedBytes ?? 0);
    if (outcome !== "exact") return;
    this.exactBytes += visitor.receivedBytes + visitor.sentBytes;
    this.longestStandstillMs = Math.max(this.longestStandstillMs, standstillMs - plan.pauseMs);
  }
}
