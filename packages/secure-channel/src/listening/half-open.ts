import type { CipherName } from "../crypto/channel-crypto.js";
import type { Responder } from "../noise/handshake.js";
import type { Comer } from "./rates.js";

/** A handshake that is not finished at the listener. */
export interface HalfOpen {
  /** The bytes of its hello, as the key of a map. */
  readonly helloKey: string;
  /** The session at the listener, as the key of a map. */
  readonly localKey: string;
  readonly comer: Comer;
  readonly localId: Uint8Array;
  readonly diallerId: Uint8Array;
  readonly cipher: CipherName;
  readonly startedAt: number;
  /** Set once the second message is there. */
  responder?: Responder;
  /** The second message. */
  answer?: Uint8Array;
  /** The third message is being worked on. */
  isFinishing: boolean;
  /** Third messages that were worked on. */
  tries: number;
  /** The first record: accepted or refused. */
  verdict?: readonly Uint8Array[];
}

/** What a {@link HalfOpenTable} allows. */
export interface HalfOpenLimits {
  readonly maxHalfOpen: number;
  readonly maxHalfOpenPerConnection: number;
  readonly handshakeTimeoutMs: number;
}

/**
 * Handshakes that are not finished. Whoever has the most of them pays for what is new: a connection with too many loses one
 * of its own, and where the table is full, the connection with the most does: the oldest of those behind it that have the most.
 */
export class HalfOpenTable {
  readonly #limits: HalfOpenLimits;
  readonly #byHello = new Map<string, HalfOpen>();
  readonly #byId = new Map<string, HalfOpen>();
  readonly #byConnection = new Map<string, Set<HalfOpen>>();

  constructor(limits: HalfOpenLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byHello.size;
  }

  /** The handshake that began with this hello. */
  withHello(helloKey: string): HalfOpen | undefined {
    return this.#byHello.get(helloKey);
  }

  /** The handshake of a session. */
  withId(localKey: string): HalfOpen | undefined {
    return this.#byId.get(localKey);
  }

  add(entry: HalfOpen): void {
    const { maxHalfOpen, maxHalfOpenPerConnection } = this.#limits;
    const own = this.#byConnection.get(entry.comer.connection) ?? new Set();
    if (own.size >= maxHalfOpenPerConnection) this.#removeOldest(own);
    else if (this.size >= maxHalfOpen) this.#removeOldest(this.#greediest());
    this.#byHello.set(entry.helloKey, entry);
    this.#byId.set(entry.localKey, entry);
    this.#byConnection.set(entry.comer.connection, own.add(entry));
  }

  remove(entry: HalfOpen): void {
    if (this.#byId.get(entry.localKey) !== entry) return;
    this.#byHello.delete(entry.helloKey);
    this.#byId.delete(entry.localKey);
    const own = this.#byConnection.get(entry.comer.connection);
    own?.delete(entry);
    if (own?.size === 0) this.#byConnection.delete(entry.comer.connection);
  }

  /** Forgets those whose time is over. */
  removeLate(): void {
    const limit = performance.now() - this.#limits.handshakeTimeoutMs;
    for (const entry of this.#byHello.values()) {
      // In the order in which they began.
      if (entry.startedAt > limit) return;
      this.remove(entry);
    }
  }

  #greediest(): Set<HalfOpen> {
    let most: Set<HalfOpen> = new Set();
    for (const own of this.#byConnection.values()) if (own.size > most.size) most = own;
    return most;
  }

  #removeOldest(own: ReadonlySet<HalfOpen>): void {
    const counts = new Map<string, number>();
    for (const { comer } of own) counts.set(comer.neighbour, (counts.get(comer.neighbour) ?? 0) + 1);
    const most = Math.max(...counts.values());
    for (const entry of own) {
      if (counts.get(entry.comer.neighbour) !== most) continue;
      this.remove(entry);
      return;
    }
  }
}
