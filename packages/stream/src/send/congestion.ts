import {
  aloneFloorBytes,
  aloneQueueMs,
  congestionDecrease,
  initialCongestionBytes,
  leastRoundTripMs,
  maxGrowthBytes,
  maxWindowBytes,
  minCongestionBytes,
  queueDecrease,
  sharedFloorBytes,
  sharedQueueMs,
  sharedQueueShare,
} from "../limits.js";

/**
 * How many bytes may be under way: slow start and additive increase as in RFC 9002, section 7, with two changes.
 * After a loss 0.7 of the window stays (RFC 9438), and growth ends when the packets of a whole round trip were delayed by
 * queues: most hops are TCP connections, which delay instead of losing, and a queue makes other streams wait.
 */
export class CongestionWindow {
  #bytes: number = initialCongestionBytes;
  #threshold: number = Number.POSITIVE_INFINITY;
  #recoveryStart: number = Number.NEGATIVE_INFINITY;
  /** The window and threshold before the last cut, while that may still prove wrong. */
  #beforeCut: { readonly bytes: number; readonly threshold: number } | undefined;
  #round: { readonly endsAt: number; least: number } | undefined;
  #least: LeastSample = noSample;

  /** The window, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Begins again on a new path. What was sent before no longer counts as a sign of congestion. */
  restart(now: number): void {
    this.#bytes = initialCongestionBytes;
    this.#threshold = Number.POSITIVE_INFINITY;
    this.#recoveryStart = now;
    this.#beforeCut = undefined;
    this.#round = undefined;
    this.#least = noSample;
  }

  /** Bytes arrived. Grows only when the window was what held the sender back (RFC 9002, section 7.8). */
  acknowledged(bytes: number, sentAt: number, wasFull: boolean, chunkBytes: number): void {
    if (!wasFull || sentAt <= this.#recoveryStart) return;
    if (this.#bytes < this.#threshold) this.#bytes += bytes;
    else this.#bytes += Math.min(maxGrowthBytes, chunkBytes) * (bytes / this.#bytes);
    this.#bytes = Math.min(this.#bytes, maxWindowBytes);
  }

  /**
   * A packet was lost. One cut per round trip: losses of packets sent before the last cut are part of it.
   * Returns true when it cut.
   */
  lost(sentAt: number, now: number): boolean {
    if (sentAt <= this.#recoveryStart) return false;
    this.#recoveryStart = now;
    this.#beforeCut = { bytes: this.#bytes, threshold: this.#threshold };
    this.#bytes = Math.max(minCongestionBytes, this.#bytes * congestionDecrease);
    this.#threshold = this.#bytes;
    return true;
  }

  /** The packets that the last cut was for were only late: takes it back (RFC 4015). */
  takeBackCut(): void {
    if (this.#beforeCut === undefined) return;
    this.#bytes = Math.max(this.#bytes, this.#beforeCut.bytes);
    this.#threshold = this.#beforeCut.threshold;
    this.#beforeCut = undefined;
  }

  /** Nothing arrived for several time-outs in a row (RFC 9002, section 7.6). */
  collapsed(now: number): void {
    this.#recoveryStart = now;
    this.#beforeCut = undefined;
    this.#threshold = Math.max(minCongestionBytes, this.#bytes * congestionDecrease);
    this.#bytes = minCongestionBytes;
  }

  /**
   * Takes in a round-trip sample, in milliseconds, and judges the queue once per round trip.
   * The least sample of a round leaves out what one busy moment of a process did.
   */
  sample(roundTripMs: number, smoothedMs: number, now: number, isShared: boolean): void {
    this.#noteLeast(roundTripMs, now);
    const round = this.#round;
    if (round === undefined || now >= round.endsAt) {
      if (round !== undefined)
        this.#judgeQueue(Math.min(round.least, roundTripMs) - this.#least.ms, isShared);
      this.#round = { endsAt: now + smoothedMs, least: roundTripMs };
    } else round.least = Math.min(round.least, roundTripMs);
  }

  #noteLeast(roundTripMs: number, now: number): void {
    if (roundTripMs <= this.#least.ms || now - this.#least.at > leastRoundTripMs) {
      this.#least = { ms: roundTripMs, at: now };
    }
  }

  /** Alone, a long queue hurts nobody; beside others it makes them wait. */
  #judgeQueue(queueMs: number, isShared: boolean): void {
    const leastMs = this.#least.ms;
    const targetMs = isShared ? sharedQueueMs + sharedQueueShare * leastMs : aloneQueueMs;
    const floorBytes = isShared ? sharedFloorBytes : aloneFloorBytes;
    if (queueMs <= targetMs) return;
    // What is under way beyond the share of the path itself waits in queues.
    const fitting = (leastMs + targetMs) / (leastMs + queueMs);
    const factor = queueMs > 2 * targetMs ? Math.max(queueDecrease, fitting) : 1;
    this.#bytes = Math.max(Math.min(this.#bytes, floorBytes), this.#bytes * factor);
    this.#threshold = Math.min(this.#threshold, this.#bytes);
  }
}

interface LeastSample {
  readonly ms: number;
  readonly at: number;
}

const noSample: LeastSample = { ms: Number.POSITIVE_INFINITY, at: Number.NEGATIVE_INFINITY };
