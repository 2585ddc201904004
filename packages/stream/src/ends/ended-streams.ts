import type { Address } from "@x/core";
import { endedStreamMs, maxEndedStreams } from "../limits.js";
import type { ResetReason } from "../protocol/reset-reason.js";
import type { StreamId } from "../protocol/stream-id.js";

/** The connection a stream was carried by; absent when it began on this node. */
type Peer = Address | undefined;

interface Ended {
  readonly at: number;
  readonly peer: Peer;
  /** Absent when both directions came to their end. */
  readonly reason: ResetReason | undefined;
}

/**
 * Streams that are over, so that a late message neither opens one again nor turns a success into a failure.
 * When there are too many, the oldest of the peer that has most of them is forgotten: nobody can make this end forget the
 * streams of others.
 */
export class EndedStreams {
  /** In the order in which they ended. */
  readonly #ended: Map<StreamId, Ended> = new Map();
  /** The same by their peers, each in that order. */
  readonly #byPeer: Map<Peer, Set<StreamId>> = new Map();

  /** How many are remembered. */
  get size(): number {
    return this.#ended.size;
  }

  /** Notes that a stream is over. Forgets those that ended long ago. */
  add(id: StreamId, peer: Peer, reason: ResetReason | undefined, now: number): void {
    this.#forget(id);
    this.#ended.set(id, { at: now, peer, reason });
    const ofPeer = this.#byPeer.get(peer) ?? new Set();
    this.#byPeer.set(peer, ofPeer.add(id));
    for (const [oldId, { at }] of this.#ended) {
      if (now - at < endedStreamMs) break;
      this.#forget(oldId);
    }
    if (this.#ended.size > maxEndedStreams) this.#forgetOneOfMost();
  }

  /** How a stream ended; nothing when it is not known. */
  get(id: StreamId): Ended | undefined {
    return this.#ended.get(id);
  }

  #forgetOneOfMost(): void {
    let most: ReadonlySet<StreamId> = new Set();
    for (const ids of this.#byPeer.values()) if (ids.size > most.size) most = ids;
    const [oldest] = most;
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(id: StreamId): void {
    const ended = this.#ended.get(id);
    if (ended === undefined) return;
    this.#ended.delete(id);
    const ofPeer = this.#byPeer.get(ended.peer);
    ofPeer?.delete(id);
    if (ofPeer?.size === 0) this.#byPeer.delete(ended.peer);
  }
}
