import { maxTickMs, minAskedPingMs, minPingIntervalMs } from "../limits.js";
import { nextTurn } from "../platform.js";

/** What a pulse watches and moves. */
export interface PulseTarget {
  /** Whose `heard` is set whenever something comes; the pulse clears it. */
  readonly ear: { heard: boolean };
  /** Whose `wrote` is set whenever something is sent; the pulse clears it. */
  readonly mouth: { wrote: boolean };
  /** This end does not read now, so that it cannot hear. Default: it always reads. */
  isDeaf?(): boolean;
  sendPing(): void;
  onDead(): void;
}

/** How a pulse goes. Times are in ticks. */
export interface PulseTimes {
  /** Send a ping after so many ticks without sending. */
  readonly pingTicks: number;
  /** The peer is dead after so many silent ticks. */
  readonly deadTicks: number;
  /** Pings may get lost: send four times as many while the peer is silent. Default false. */
  readonly isLossy?: boolean;
}

/**
 * Keeps one connection, and NAT mappings on its path, alive and notices when the peer is dead.
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
    this.#countSilence(late);
    this.#countIdle(late);
  }

  #countIdle(late: boolean): void {
    const { mouth } = this.#target;
    this.#idleTicks = mouth.wrote ? 0 : this.#idleTicks + 1;
    mouth.wrote = false;
    if (!late && this.#idleTicks < this.#times.pingTicks && !this.#isAnxious) return;
    this.#idleTicks = 0;
    this.#target.sendPing();
    mouth.wrote = false;
  }

  get #isAnxious(): boolean {
    const { isLossy, pingTicks } = this.#times;
    if (isLossy !== true || this.#silentTicks < pingTicks) return false;
    return this.#silentTicks % Math.ceil(pingTicks / 4) === 0;
  }

  #countSilence(late: boolean): void {
    const { deadTicks, pingTicks } = this.#times;
    if (this.#takeHeard() || this.#target.isDeaf?.()) this.#silentTicks = 0;
    else if (late) this.#silentTicks = Math.min(this.#silentTicks, Math.max(deadTicks - pingTicks, 0));
    else this.#silentTicks++;
    if (this.#silentTicks < deadTicks) return;
    // Timers run before sockets are read: what lies in the socket now is life too.
    nextTurn(() => this.#confirm());
  }

  #confirm(): void {
    if (this.#takeHeard() || this.#target.isDeaf?.()) this.#silentTicks = 0;
    else this.#target.onDead();
  }

  #takeHeard(): boolean {
    const { ear } = this.#target;
    const { heard } = ear;
    ear.heard = false;
    return heard;
  }
}

/** The times by which a connection lives, in milliseconds. */
export interface PulseSettings {
  readonly pingIntervalMs: number;
  readonly deadPeerMs: number;
}

/** How often to look at the life of connections with these times, in milliseconds. */
export function tickMsFor({ pingIntervalMs, deadPeerMs }: PulseSettings): number {
  return Math.max(Math.floor(Math.min(pingIntervalMs / 4, deadPeerMs / 12, maxTickMs)), 1);
}

/** The times of a connection whose peer announced its dead-peer time. A peer cannot ask for more than {@link minAskedPingMs}. */
export function pulseTimes(own: PulseSettings, peerDeadMs: number, tickMs: number): PulseTimes {
  const ownMs = Math.min(own.pingIntervalMs, own.deadPeerMs / 3);
  const pingMs = Math.max(Math.min(ownMs, Math.max(peerDeadMs / 3, minAskedPingMs)), minPingIntervalMs);
  return {
    pingTicks: Math.max(Math.floor(pingMs / tickMs), 1),
    deadTicks: Math.max(Math.floor(own.deadPeerMs / tickMs) - 1, 1),
  };
}
