/** What a pulse watches and moves. */
export interface PulseTarget {
  /** Bytes came since the last call. */
  takeHeard(): boolean;
  /** Bytes were sent since the last call. */
  takeWrote(): boolean;
  /** This end does not read now, so that it cannot hear. */
  isDeaf(): boolean;
  sendPing(): void;
  onDead(): void;
}

/** Times of a pulse, in ticks. */
export interface PulseTimes {
  /** Send a ping after so many ticks without sending. */
  readonly pingTicks: number;
  /** The peer is dead after so many silent ticks. */
  readonly deadTicks: number;
}

/**
 * Keeps one connection alive and notices when the peer is dead.
 *
 * Each end sends something at least once per ping interval, also while it does not read, so a peer that is merely slow is
 * heard. Silence is counted in ticks of this process's timer: time during which the process did not run, or did not read,
 * does not count, and after a stop the peer gets a fresh ping and the time of one ping interval to answer.
 */
export class Pulse {
  readonly #target: PulseTarget;
  readonly #times: PulseTimes;
  #silentTicks = 0;
  #idleTicks = 0;

  constructor(target: PulseTarget, times: PulseTimes) {
    this.#target = target;
    this.#times = times;
  }

  tick(late: boolean): void {
    this.#countIdle(late);
    this.#countSilence(late);
  }

  #countIdle(late: boolean): void {
    this.#idleTicks = this.#target.takeWrote() ? 0 : this.#idleTicks + 1;
    if (!late && this.#idleTicks < this.#times.pingTicks) return;
    this.#idleTicks = 0;
    this.#target.sendPing();
    this.#target.takeWrote();
  }

  #countSilence(late: boolean): void {
    const { deadTicks, pingTicks } = this.#times;
    if (this.#target.takeHeard() || this.#target.isDeaf()) this.#silentTicks = 0;
    else if (late) this.#silentTicks = Math.min(this.#silentTicks, Math.max(deadTicks - pingTicks, 0));
    else this.#silentTicks++;
    if (this.#silentTicks < deadTicks) return;
    // Timers run before sockets are read: what lies in the socket now is life too.
    setImmediate(() => this.#confirm());
  }

  #confirm(): void {
    if (this.#target.takeHeard() || this.#target.isDeaf()) this.#silentTicks = 0;
    else this.#target.onDead();
  }
}
