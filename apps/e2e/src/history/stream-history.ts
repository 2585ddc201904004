import type { Side, StreamEvent } from "../engine/side.js";
import { type Stream, type StreamPlan, Streams } from "../engine/streams.js";
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

/** How long the target may come later than the end of its visitor before the stream counts as never opened, in milliseconds. */
const lateTargetMs = 5_000;

/** Violations that are reported with the history of their stream; the rest is only counted. */
const maxReported = 25;

/** Something that must never happen, with all that is known of its stream. */
export interface Violation {
  readonly what: string;
  readonly plan?: StreamPlan | undefined;
  readonly visitor: readonly StreamEvent[];
  readonly target: readonly StreamEvent[];
}

/** Everything that happens to streams and what is broken meanwhile; judges each stream when it is over, and then forgets it. */
export class StreamHistory {
  readonly streams: Streams = new Streams(() => this.now());
  readonly faults: FaultWindow[] = [];
  readonly violations: Violation[] = [];
  violationCount = 0;
  /** Streams by how they came out. */
  readonly outcomes: Map<string, number> = new Map();
  /** Bytes that reached a side. */
  receivedBytes = 0;
  /** For how long this process stood still, in milliseconds. */
  pausedMs = 0;
  readonly #startedAt = performance.now();
  #lastAskedAt = performance.now();
  /** When something moved last on each open side, by a clock that stands still during faults. */
  readonly #progress = new Map<Side, number>();
  /** Connections of the target that have not told their stream yet. */
  readonly #unknown = new Set<Side>();
  readonly #stoodStill = new Map<number, number>();
  readonly #judged = new Set<number>();
  #faultyMs = 0;
  #faultySince: number | undefined;
  readonly #sweeper = setInterval(() => this.#sweep(), sweepMs);

  constructor() {
    this.streams.onSide = (side, stream) => {
      if (stream === undefined) this.#unknown.add(side);
      const move = (): void => void this.#progress.set(side, this.#faultFree());
      side.onProgress = move;
      move();
    };
    this.streams.onStranger = (side, why) => {
      this.#unknown.delete(side);
      this.violate(`the target ${why}`, undefined, undefined, side);
    };
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
    return this.#unknown.size + [...this.streams.open.values()].filter((stream) => !isOver(stream)).length;
  }

  /** Writes down that something breaks; the returned function, that a fresh stream was exact again. */
  beginFault(fault: Omit<FaultWindow, "at" | "until">): () => void {
    const at = this.now();
    this.#faultySince = at;
    const index = this.faults.push({ ...fault, at }) - 1;
    return () => {
      const until = this.now();
      this.faults[index] = { ...fault, at, until };
      this.#faultyMs += until - at;
      this.#faultySince = undefined;
    };
  }

  violate(what: string, plan?: StreamPlan, visitor?: Side, target?: Side): void {
    this.violationCount++;
    if (this.violations.length >= maxReported) return;
    this.violations.push({ what, plan, visitor: visitor?.events ?? [], target: target?.events ?? [] });
  }

  /** The run is over: what is still open is a violation, and nobody's target can come late any more. */
  finish(): void {
    clearInterval(this.#sweeper);
    this.#sweep(true);
    for (const { plan, visitor, target } of this.streams.open.values()) {
      if (!isOver({ visitor, target }))
        this.violate(`stream ${plan.id} was still open`, plan, visitor, target);
    }
    for (const side of this.#unknown)
      this.violate("a connection of the target without a header was still open", undefined, undefined, side);
  }

  /** Judges what is over and gives up what stands still. */
  #sweep(isFinal = false): void {
    const faultFree = this.#faultFree();
    const stillMs = (...sides: readonly (Side | undefined)[]): number =>
      faultFree - Math.max(...sides.map((side) => (side && this.#progress.get(side)) ?? -Infinity));
    for (const stream of this.streams.open.values()) {
      const { plan, visitor, target } = stream;
      if (target !== undefined) this.#unknown.delete(target);
      if (isOver(stream)) this.#judge(stream, isFinal);
      else if (stillMs(visitor, target) > standstillLimitMs) {
        this.#stoodStill.set(plan.id, stillMs(visitor, target));
        for (const side of [visitor, target]) side?.quitBy("aborted");
      }
    }
    for (const side of this.#unknown) {
      if (side.closedAt !== undefined) this.#unknown.delete(side);
      else if (stillMs(side) > standstillLimitMs) {
        this.violate("a connection of the target stood still before its header", undefined, undefined, side);
        side.quitBy("aborted");
      }
    }
  }

  /** A stream whose target never came is kept: the target may come to know it long after its visitor is gone. */
  #judge(stream: Stream, isFinal: boolean): void {
    const { plan, visitor, target } = stream;
    const { id } = plan;
    const mayComeLate = target === undefined && this.now() - (visitor.closedAt ?? 0) < lateTargetMs;
    const isJudged = this.#judged.has(id);
    if ((mayComeLate && !isFinal) || (isJudged && target === undefined)) return;
    const { outcome, violations } = judge({ ...stream, stoodStillMs: this.#stoodStill.get(id) }, this.faults);
    for (const what of violations) this.violate(`stream ${id} ${what}`, plan, visitor, target);
    if (!isJudged) this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    this.receivedBytes += (isJudged ? 0 : visitor.receivedBytes) + (target?.receivedBytes ?? 0);
    if (target === undefined) return void this.#judged.add(id);
    this.streams.open.delete(id);
    this.#judged.delete(id);
    this.#stoodStill.delete(id);
    for (const side of [visitor, target]) this.#progress.delete(side);
  }

  /** Time without faults since the run began, in milliseconds. */
  #faultFree(): number {
    return (this.#faultySince ?? this.now()) - this.#faultyMs;
  }
}

function isOver({ visitor, target }: Pick<Stream, "visitor" | "target">): boolean {
  return visitor.closedAt !== undefined && (target === undefined || target.closedAt !== undefined);
}
