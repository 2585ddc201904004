import type { StreamEvent } from "../engine/side.js";
import { isOver, type Stream, type StreamPlan, Streams } from "../engine/streams.js";
import { type FaultWindow, judge } from "../engine/verdict.js";

/**
 * Longest time a stream may stand still while no fault is in place, in milliseconds.
 * An outlet whose inlet is gone asks after 45 s of silence and gives up 60 s later (`keepAliveMs`, `resumeTimeoutMs` of the portal);
 * the rest is margin.
 */
export const standstillLimitMs = 120_000;

/** How often streams are judged and standstills looked for, in milliseconds. */
const sweepMs = 1_000;

/** The clock is asked with each sweep; after so long without, this process stood still and the time does not count. In milliseconds. */
const pausedAfterMs = 3_000;

/** Violations that are reported with the history of their stream. */
const maxReported = 25;

/** Something that must never happen, with all that is known of its stream. */
export interface Violation {
  readonly what: string;
  readonly plan?: StreamPlan | undefined;
  readonly visitor?: readonly StreamEvent[] | undefined;
  readonly target?: readonly StreamEvent[] | undefined;
}

/** Everything that happens to streams and what is broken meanwhile; judges each stream when it is over, and then forgets it. */
export class StreamHistory {
  readonly streams: Streams = new Streams(() => this.now());
  readonly faults: FaultWindow[] = [];
  readonly violations: Violation[] = [];
  /** Streams by how they came out. */
  readonly outcomes: Map<string, number> = new Map();
  /** Bytes that reached a side. */
  receivedBytes = 0;
  /** For how long this process stood still, in milliseconds. */
  pausedMs = 0;
  readonly #startedAt = performance.now();
  #lastAskedAt = performance.now();
  readonly #stoodStill = new Map<number, number>();
  readonly #sweeper = setInterval(() => this.#sweep(), sweepMs);

  constructor() {
    this.streams.onStranger = (target, why) => this.violate(`the target ${why}`, { target });
  }

  /** Milliseconds since the run began, without those in which this process itself stood still. */
  now(): number {
    const asked = performance.now();
    const gapMs = asked - this.#lastAskedAt;
    if (gapMs > pausedAfterMs) this.pausedMs += gapMs - sweepMs;
    this.#lastAskedAt = asked;
    return asked - this.#startedAt - this.pausedMs;
  }

  /** Streams that are not over on both sides. */
  get openStreams(): number {
    const open = [...this.streams.open.values()].filter((stream) => !isOver(stream));
    return this.streams.nameless.size + open.length;
  }

  /** Something is broken until a task is done: when a fresh stream was exact again. */
  async during(fault: Omit<FaultWindow, "at" | "until">, task: () => Promise<unknown>): Promise<void> {
    const at = this.now();
    const index = this.faults.push({ ...fault, at }) - 1;
    await task();
    this.faults[index] = { ...fault, at, until: this.now() };
  }

  violate(what: string, { plan, visitor, target }: Partial<Stream> = {}): void {
    const isReported = this.violations.length < maxReported;
    const events = isReported ? { plan, visitor: visitor?.events, target: target?.events } : {};
    this.violations.push({ what, ...events });
  }

  /** The run is over: what is still open is a violation, and nobody's target can come late any more. */
  finish(): void {
    clearInterval(this.#sweeper);
    this.#sweep(true);
    for (const stream of this.streams.open.values())
      this.violate(`stream ${stream.plan.id} was still open`, stream);
    for (const target of this.streams.nameless)
      this.violate("a connection of the target without a header was still open", { target });
  }

  /**
   * Judges what is over and gives up what stands still.
   * A stream whose target never came waits for the end: the target may come to know it long after its visitor is gone.
   */
  #sweep(isFinal = false): void {
    // The clock has to be asked now and then, also while no stream is open.
    this.now();
    for (const stream of this.streams.open.values()) {
      const { plan, visitor, target } = stream;
      const stillMs = this.#faultFreeSince(Math.max(visitor.movedAt, target?.movedAt ?? 0));
      if (isOver(stream)) {
        if (target !== undefined || isFinal) this.#judge(stream);
      } else if (stillMs > standstillLimitMs) {
        this.#stoodStill.set(plan.id, stillMs);
        for (const side of [visitor, target]) side?.quitBy("aborted");
      }
    }
    for (const target of this.streams.nameless) {
      if (this.#faultFreeSince(target.movedAt) <= standstillLimitMs) continue;
      this.violate("a connection of the target stood still before its header", { target });
      target.quitBy("aborted");
    }
  }

  #judge(stream: Stream): void {
    const { id } = stream.plan;
    const record = { ...stream, stoodStillMs: this.#stoodStill.get(id) };
    const { outcome, violations } = judge(record, this.faults);
    for (const what of violations) this.violate(`stream ${id} ${what}`, stream);
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    this.receivedBytes += stream.visitor.receivedBytes + (stream.target?.receivedBytes ?? 0);
    this.streams.open.delete(id);
  }

  /** Time without faults since a moment, in milliseconds. */
  #faultFreeSince(moment: number): number {
    const now = this.now();
    const faulty = this.faults.map(({ at, until = now }) => Math.max(0, until - Math.max(at, moment)));
    return now - moment - faulty.reduce((sum, ms) => sum + ms, 0);
  }
}
