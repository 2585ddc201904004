import { CulvertError, formatRoute } from "@x/core";
import { firstProbePauseMs, idleProbeMs, maxProbePauseMs, waitingProbePauseMs } from "./limits.js";
import type { Path } from "./path.js";
import type { PathOwner } from "./path-owner.js";
import { encodeShort } from "./portal-message.js";
import { generateStreamId } from "./stream-id.js";
import type { Sleeper, Wakeup } from "./wakeups.js";

/**
 * Asks whether the other end of a path is there: at once when told to, with growing pauses while the path is down, and now
 * and then while it is up and silent.
 */
export class PathProbe implements Sleeper {
  wakeup: Wakeup | undefined;
  readonly #path: Path;
  readonly #owner: PathOwner;
  readonly #id: string = generateStreamId();
  #pauseMs: number = firstProbePauseMs;
  #lastHeardAt: number;
  /** Since when a probe is unanswered; nothing when none is. */
  #askingSince: number | undefined;
  #nextAt: number = Number.POSITIVE_INFINITY;
  #attempts = 0;

  constructor(path: Path, owner: PathOwner) {
    this.#path = path;
    this.#owner = owner;
    this.#lastHeardAt = owner.wakeups.now();
    owner.onProbe(this.#id, path);
    if (owner.asksWhenIdle) this.#planAt(this.#lastHeardAt);
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
    if (this.#nextAt > this.#owner.wakeups.now() + waitingProbePauseMs) this.now();
  }

  /** Asks at once: something changed for the better. */
  now(): void {
    this.#pauseMs = firstProbePauseMs;
    this.#planAt(this.#owner.wakeups.now());
  }

  /** Asks again soon, and then with growing pauses. */
  soon(): void {
    this.#pauseMs = firstProbePauseMs;
    this.#askingSince = undefined;
    this.#attempts = 0;
    this.#planAt(this.#owner.wakeups.now() + this.#jittered());
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
    this.#owner.wakeups.cancel(this);
    this.#owner.onProbeOver(this.#id);
  }

  onWake(now: number): void {
    if (now < this.#nextAt) {
      this.#owner.wakeups.schedule(this, this.#nextAt);
      return;
    }
    this.#nextAt = Number.POSITIVE_INFINITY;
    if (this.#path.state === "down") this.#askWhileDown();
    else this.#askWhileUp(now);
  }

  #askWhileDown(): void {
    const isWaitedFor = this.#path.streams.size > 0;
    if (!isWaitedFor && !this.#owner.asksWhenIdle) return;
    this.#attempts++;
    this.#ask();
    const { retryWaitMs } = this.#owner;
    const longestMs = isWaitedFor ? Math.min(waitingProbePauseMs, retryWaitMs) : retryWaitMs;
    this.#planAfter(this.#jittered());
    this.#pauseMs = Math.min(this.#pauseMs * 2, Math.max(longestMs, firstProbePauseMs));
  }

  #askWhileUp(now: number): void {
    const isSilent = this.#path.state === "unknown" || now - this.#lastHeardAt >= idleProbeMs;
    if (!this.#owner.asksWhenIdle) {
      this.#ask();
      return;
    }
    if (!isSilent) {
      this.#planAt(this.#lastHeardAt + idleProbeMs);
      return;
    }
    this.#askingSince ??= now;
    if (now - this.#askingSince >= this.#owner.pingTimeoutMs) {
      this.#timedOut();
      return;
    }
    this.#ask();
    this.#planAfter(Math.min(maxProbePauseMs, this.#owner.pingTimeoutMs / 4));
  }

  #timedOut(): void {
    const route = formatRoute(this.#path.route);
    const reason = `Cannot reach ${route}: no answer within ${this.#owner.pingTimeoutMs} ms`;
    this.#path.failed(new CulvertError("TIMED_OUT", reason));
  }

  #ask(): void {
    const error = this.#path.send(encodeShort("hello", this.#id, this.#owner.isOutlet));
    if (error !== undefined) this.#path.failed(error);
  }

  /** Half of the pause is random, so that many ends do not ask in step. */
  #jittered(): number {
    return this.#pauseMs * (0.5 + this.#owner.random() / 2);
  }

  #planAfter(delayMs: number): void {
    this.#planAt(this.#owner.wakeups.now() + delayMs);
  }

  #planAt(at: number): void {
    this.#nextAt = at;
    this.#owner.wakeups.schedule(this, at);
  }
}
