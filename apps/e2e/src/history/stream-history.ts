import type { Socket } from "node:net";
import { lateTargetMs, maxReportedViolations, pausedAfterMs, standstillLimitMs, sweepMs } from "./limits.js";
import { SideLog, type StreamEvent } from "./side-log.js";
import type { StreamHeader } from "./stream-header.js";
import type { StreamPlan } from "./stream-plan.js";
import { Tally } from "./tally.js";
import { type FaultWindow, judge, type StreamRecord } from "./verdict.js";

/** Something that must never happen, with all that is known of its stream. */
export interface Violation {
  readonly what: string;
  readonly plan: StreamPlan | undefined;
  readonly visitor: readonly StreamEvent[];
  readonly target: readonly StreamEvent[];
}

/** A stream that is open, or that the target may still come to know. */
interface OpenStream {
  readonly plan: StreamPlan;
  readonly visitor: SideLog;
  target: SideLog | undefined;
  /** With what is known of its target now. */
  isJudged: boolean;
  isCounted: boolean;
  stoodStillMs: number | undefined;
  readonly progress: Progress;
}

/** When something moved last: by the clock, and by a clock that stands still during faults. In milliseconds. */
interface Progress {
  at: number;
  faultFreeAt: number;
  longestMs: number;
}

/** Everything that happens to streams and what is broken meanwhile; judges each stream when it is over, and then forgets it. */
export class StreamHistory {
  readonly tally: Tally = new Tally();
  readonly violations: Violation[] = [];
  violationCount = 0;
  readonly faults: FaultWindow[] = [];
  /** For how long this process stood still, in milliseconds. */
  pausedMs = 0;
  readonly #startedAt: number = performance.now();
  #lastAskedAt: number = performance.now();
  readonly #streams = new Map<number, OpenStream>();
  /** Connections of the target that have not told their stream yet. */
  readonly #unknown = new Map<SideLog, { progress: Progress }>();
  #faultyMs = 0;
  #faultySince: number | undefined;

  /** Milliseconds since the run began, without those in which this process itself stood still. */
  readonly now = (): number => {
    const asked = performance.now();
    const gapMs = asked - this.#lastAskedAt;
    if (gapMs > pausedAfterMs) this.pausedMs += gapMs - sweepMs;
    this.#lastAskedAt = asked;
    return asked - this.#startedAt - this.pausedMs;
  };

  /** Streams that are not over on both sides. */
  get openStreams(): number {
    return this.#unknown.size + [...this.#streams.values()].filter((stream) => !isOver(stream)).length;
  }

  openVisitor(plan: StreamPlan, socket: Socket): SideLog {
    const progress = this.#newProgress();
    const visitor = new SideLog(socket, this.now, () => this.#progressed(progress));
    this.#streams.set(plan.id, {
      plan,
      visitor,
      target: undefined,
      isJudged: false,
      isCounted: false,
      stoodStillMs: undefined,
      progress,
    });
    return visitor;
  }

  openTarget(socket: Socket): SideLog {
    const holder = { progress: this.#newProgress() };
    const log = new SideLog(socket, this.now, () => this.#progressed(holder.progress));
    this.#unknown.set(log, holder);
    return log;
  }

  /** The target read the header of a connection; nothing when it could not. */
  identify(target: SideLog, header: StreamHeader | undefined): void {
    const holder = this.#unknown.get(target);
    this.#unknown.delete(target);
    if (header === undefined) {
      this.violate("the target received a header that nobody sent", undefined, undefined, target);
      return;
    }
    const stream = this.#streams.get(header.id);
    if (stream === undefined || stream.target !== undefined) {
      const what = stream === undefined ? "a stream that was over or never was" : "a stream it had already";
      this.violate(`the target received ${what}: ${header.id}`, stream?.plan, stream?.visitor, target);
      return;
    }
    stream.target = target;
    stream.isJudged = false;
    if (holder !== undefined) holder.progress = stream.progress;
    this.#progressed(stream.progress);
  }

  beginFault(fault: Pick<FaultWindow, "kind" | "detail" | "costs">): number {
    this.#faultySince = this.now();
    const killed = undefined;
    this.faults.push({ ...fault, at: this.now(), restoredAt: undefined, until: undefined, killed });
    return this.faults.length - 1;
  }

  /** Writes down more of a fault. */
  updateFault(index: number, more: Partial<FaultWindow>): void {
    const fault = this.faults[index];
    if (fault === undefined) return;
    this.faults[index] = { ...fault, ...more };
    if (more.until === undefined) return;
    this.#faultyMs += this.now() - (this.#faultySince ?? this.now());
    this.#faultySince = undefined;
  }

  violate(what: string, plan?: StreamPlan, visitor?: SideLog, target?: SideLog): void {
    this.violationCount++;
    if (this.violations.length >= maxReportedViolations) return;
    this.violations.push({ what, plan, visitor: visitor?.events ?? [], target: target?.events ?? [] });
  }

  /** Judges what is over and gives up what stands still. Call it now and then. */
  sweep(): void {
    const faultFree = this.#faultFreeNow();
    for (const stream of this.#streams.values()) {
      if (isOver(stream)) this.#judgeOnce(stream);
      else if (faultFree - stream.progress.faultFreeAt > standstillLimitMs) {
        stream.stoodStillMs = faultFree - stream.progress.faultFreeAt;
        stream.visitor.quitBy("aborted");
        stream.target?.quitBy("aborted");
      }
    }
    for (const [log, { progress }] of this.#unknown) {
      if (log.closedAt !== undefined) this.#unknown.delete(log);
      else if (faultFree - progress.faultFreeAt > standstillLimitMs) {
        this.violate("a connection of the target stood still before its header", undefined, undefined, log);
        log.quitBy("aborted");
      }
    }
  }

  /** Makes a violation of each stream that is open. */
  violateOpen(why: string): void {
    for (const stream of this.#streams.values()) {
      if (isOver(stream)) continue;
      this.violate(`stream ${stream.plan.id} ${why}`, stream.plan, stream.visitor, stream.target);
    }
    for (const log of this.#unknown.keys()) {
      this.violate(`a connection of the target without a header ${why}`, undefined, undefined, log);
    }
  }

  /** The run is over: judges also streams whose target could still have come late. */
  finish(): void {
    for (const stream of this.#streams.values()) if (isOver(stream)) this.#judgeOnce(stream, true);
  }

  #judgeOnce(stream: OpenStream, isFinal = false): void {
    const { plan, visitor, target, progress, stoodStillMs } = stream;
    const mayComeLate =
      !isFinal && target === undefined && this.now() - (visitor.closedAt ?? 0) < lateTargetMs;
    if (stream.isJudged || mayComeLate) return;
    const record: StreamRecord = {
      plan,
      visitor,
      target,
      ...(stoodStillMs === undefined ? {} : { stoodStillMs }),
    };
    const { outcome, violations } = judge(record, this.faults);
    if (!stream.isCounted) this.tally.add(record, outcome, progress.longestMs);
    stream.isCounted = true;
    for (const what of violations) this.violate(`stream ${plan.id} ${what}`, plan, visitor, target);
    // The target may come to know a stream long after its visitor is gone.
    if (target === undefined) stream.isJudged = true;
    else this.#streams.delete(plan.id);
  }

  #newProgress(): Progress {
    return { at: this.now(), faultFreeAt: this.#faultFreeNow(), longestMs: 0 };
  }

  #progressed(progress: Progress): void {
    const now = this.now();
    progress.longestMs = Math.max(progress.longestMs, now - progress.at);
    progress.at = now;
    progress.faultFreeAt = this.#faultFreeNow();
  }

  /** Time without faults since the run began, in milliseconds. */
  #faultFreeNow(): number {
    return (this.#faultySince ?? this.now()) - this.#faultyMs;
  }
}

function isOver({ visitor, target }: OpenStream): boolean {
  return visitor.closedAt !== undefined && (target === undefined || target.closedAt !== undefined);
}
