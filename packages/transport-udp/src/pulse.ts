/** What a pulse watches and moves. */
export interface PulseTarget {
  /** Something came since the last call. */
  takeHeard(): boolean;
  /** Something was sent since the last call. */
  takeWrote(): boolean;
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
 * Keeps one connection and the NAT mappings on its path alive, and notices when the peer is dead.
 *
 * Each end sends something at least once per ping interval, and more often to a peer that became silent, since datagrams
 * get lost. Silence is counted in ticks of this process's timer, so that time during which the process did not run does
 * not count; after a stop the peer gets a fresh ping and the time of one ping interval to answer.
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
    this.#countSilence(late);
    this.#countIdle(late);
  }

  #countIdle(late: boolean): void {
    const { pingTicks } = this.#times;
    this.#idleTicks = this.#target.takeWrote() ? 0 : this.#idleTicks + 1;
    const isDue = this.#idleTicks >= pingTicks;
    const isAnxious = this.#silentTicks >= pingTicks && this.#silentTicks % Math.ceil(pingTicks / 4) === 0;
    if (!late && !isDue && !isAnxious) return;
    this.#idleTicks = 0;
    this.#target.sendPing();
    this.#target.takeWrote();
  }

  #countSilence(late: boolean): void {
    const { deadTicks, pingTicks } = this.#times;
    if (this.#target.takeHeard()) this.#silentTicks = 0;
    else if (late) this.#silentTicks = Math.min(this.#silentTicks, Math.max(deadTicks - pingTicks, 0));
    else this.#silentTicks++;
    if (this.#silentTicks < deadTicks) return;
    // Timers run before sockets are read: what lies in the socket now is life too.
    setImmediate(() => this.#confirm());
  }

  #confirm(): void {
    if (this.#target.takeHeard()) this.#silentTicks = 0;
    else this.#target.onDead();
  }
}
