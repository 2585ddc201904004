import { firstProbePauseMs, idleProbeMs, maxProbePauseMs, waitingProbePauseMs } from "../limits.js";
import type { StreamId } from "../protocol/stream-id.js";
import { generateStreamId } from "../protocol/stream-id.js";
import type { Sleeper, Wakeup, Wakeups } from "../resources/wakeups.js";

/** Whether messages get through a path: `unknown` before the first answer. */
export type PathState = "unknown" | "up" | "down";

/** When to ask whether the other end of a path is there. */
export interface ProbeSettings {
  /** Silence after which an unanswered probe makes a path count as down, in milliseconds. */
  readonly pingTimeoutMs: number;
  /** Longest pause between probes of a path that is down and that nobody waits for, in milliseconds. */
  readonly retryWaitMs: number;
  /** Ask also when no stream needs the path. */
  readonly asksWhenIdle: boolean;
}

/** What is probed. */
export interface Probed {
  readonly state: PathState;
  /** Somebody waits for it. */
  readonly isNeeded: boolean;
  /** Sends a hello with an id. */
  ask(id: StreamId): void;
  /** No answer came in time. */
  wasSilent(): void;
}

/**
 * Asks whether the other end of a path is there: at once when told to, with growing pauses while the path is down, and now
 * and then while it is up and silent.
 */
export class PathProbe implements Sleeper {
  wakeup: Wakeup | undefined;
  /** The id of its hellos. */
  readonly id: StreamId = generateStreamId();
  readonly #path: Probed;
  readonly #wakeups: Wakeups;
  readonly #settings: ProbeSettings;
  #pauseMs: number = firstProbePauseMs;
  #lastHeardAt: number;
  /** Since when a probe is unanswered; nothing when none is. */
  #askingSince: number | undefined;
  #nextAt: number = Number.POSITIVE_INFINITY;
  #attempts = 0;

  constructor(path: Probed, wakeups: Wakeups, settings: ProbeSettings) {
    this.#path = path;
    this.#wakeups = wakeups;
    this.#settings = settings;
    this.#lastHeardAt = wakeups.now();
    if (settings.asksWhenIdle) this.#planAt(this.#lastHeardAt);
  }

  /** Probes since the path is down. */
  get attempts(): number {
    return this.#attempts;
  }

  /** When the next probe is due; infinite when none is planned. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** Asks at once unless it would soon anyway: many who wait one after the other are no reason to ask without pause. */
  hurry(): void {
    if (this.#nextAt > this.#wakeups.now() + waitingProbePauseMs) this.now();
  }

  /** Asks at once: something changed for the better. */
  now(): void {
    this.#pauseMs = firstProbePauseMs;
    this.#planAt(this.#wakeups.now());
  }

  /** Asks again soon, and then with growing pauses. */
  soon(): void {
    this.#pauseMs = firstProbePauseMs;
    this.#askingSince = undefined;
    this.#attempts = 0;
    this.#planAt(this.#wakeups.now() + this.#jittered());
  }

  /** Something came by the path. */
  heard(now: number): void {
    this.#lastHeardAt = now;
    this.#askingSince = undefined;
    this.#attempts = 0;
    this.#pauseMs = firstProbePauseMs;
  }

  close(): void {
    this.#nextAt = Number.POSITIVE_INFINITY;
    this.#wakeups.cancel(this);
  }

  onWake(now: number): void {
    if (now < this.#nextAt) {
      this.#wakeups.schedule(this, this.#nextAt);
      return;
    }
    this.#nextAt = Number.POSITIVE_INFINITY;
    if (this.#path.state === "down") this.#askWhileDown();
    else this.#askWhileUp(now);
  }

  #askWhileDown(): void {
    const { retryWaitMs, asksWhenIdle } = this.#settings;
    const isWaitedFor = this.#path.isNeeded;
    if (!isWaitedFor && !asksWhenIdle) return;
    this.#attempts++;
    this.#path.ask(this.id);
    const longestMs = isWaitedFor ? Math.min(waitingProbePauseMs, retryWaitMs) : retryWaitMs;
    this.#planAfter(this.#jittered());
    this.#pauseMs = Math.min(this.#pauseMs * 2, Math.max(longestMs, firstProbePauseMs));
  }

  #askWhileUp(now: number): void {
    const { pingTimeoutMs, asksWhenIdle } = this.#settings;
    const isSilent = this.#path.state === "unknown" || now - this.#lastHeardAt >= idleProbeMs;
    if (!asksWhenIdle) {
      this.#path.ask(this.id);
      return;
    }
    if (!isSilent) {
      this.#planAt(this.#lastHeardAt + idleProbeMs);
      return;
    }
    this.#askingSince ??= now;
    if (now - this.#askingSince >= pingTimeoutMs) {
      this.#path.wasSilent();
      return;
    }
    this.#path.ask(this.id);
    this.#planAfter(Math.min(maxProbePauseMs, pingTimeoutMs / 4));
  }

  /** Half of the pause is random, so that many ends do not ask in step. */
  #jittered(): number {
    return this.#pauseMs * (0.5 + Math.random() / 2);
  }

  #planAfter(delayMs: number): void {
    this.#planAt(this.#wakeups.now() + delayMs);
  }

  #planAt(at: number): void {
    this.#nextAt = at;
    this.#wakeups.schedule(this, at);
  }
}
