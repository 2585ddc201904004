import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import {
  briefKeepMs,
  longKeepMs,
  ownerRequestBurst,
  ownerRequestsPerSecond,
  settledAfterMs,
} from "../limits.js";
import type { RelayWorker } from "../service/relay-worker.js";
import { RequestRate } from "../service/request-rate.js";
import type { NameClaim } from "./directory.js";
import type { SavedName } from "./name-store.js";

/** What happens to a name by itself: it comes to be in use, its owner is away, or it is free. */
export type NameTurn = "settled" | "away" | "free";

/**
 * A name and its owner, who may be away.
 * A new name is free 10 s after the connection to its client, or with its lease. One that was held for 10 minutes has settled:
 * it stays the owner's for 24 h from then on, with a relay until the lease ends.
 */
export class HeldName {
  readonly name: string;
  /** The claim in force. */
  claim: NameClaim;
  /** What only its owner's requests are counted against. */
  readonly rate: RequestRate = new RequestRate(ownerRequestBurst, ownerRequestsPerSecond);
  /** Forwards to the owner; nothing while he is away. */
  relay: RelayWorker | undefined;
  /** The network that it was registered from last; empty when nobody knows. */
  network = "";
  #hasSettled = false;
  readonly #settlesAt: number = performance.now() + settledAfterMs;
  #awaySince: number = performance.now();

  constructor(claim: NameClaim) {
    this.name = claim.name;
    this.claim = claim;
  }

  /** A name of an earlier run, whose owner is away at least since now. */
  static restored(saved: SavedName): HeldName {
    const { name, owner, epoch, sequence, hasSettled, network } = saved;
    const tokenHash = hexToBytes(saved.tokenHash);
    const held = new HeldName({ name, owner, epoch, sequence, tokenHash });
    held.network = network;
    held.#hasSettled = hasSettled;
    // A clock that was set back must not keep a name for longer.
    if (saved.awaySince !== undefined) held.#awaySince -= Math.max(0, Date.now() - saved.awaySince);
    return held;
  }

  /** Since when the owner is away, by the monotonic clock in milliseconds; a time to come while he is there. */
  get awaySince(): number {
    if (this.relay === undefined) return this.#awaySince;
    const { path } = this.relay.terms;
    return path.state === "up" ? this.relay.endsAt : Math.min(path.sinceMonotonic, this.relay.endsAt);
  }

  /** When the next turn is due, by the monotonic clock in milliseconds. */
  get dueAt(): number {
    if (this.relay === undefined) return this.awaySince + (this.#hasSettled ? longKeepMs : briefKeepMs);
    if (this.#hasSettled) return this.relay.endsAt;
    if (this.relay.terms.path.state !== "up") return this.relay.terms.path.sinceMonotonic + briefKeepMs;
    return Math.min(this.relay.endsAt, this.#settlesAt);
  }

  /** Takes the turn that is due. With `away` and `free` the relay, if there is one, has to be withdrawn. */
  takeTurn(): NameTurn {
    const { relay } = this;
    if (relay === undefined) return "free";
    if (this.#hasSettled) return "away";
    if (relay.terms.path.state !== "up" || relay.endsAt <= performance.now()) return "free";
    this.#hasSettled = true;
    return "settled";
  }

  /** Goes on without a relay. */
  leaveRelay(): void {
    this.#awaySince = this.awaySince;
    this.relay = undefined;
  }

  /** What a later run has to know of it. */
  saved(): SavedName {
    const { name, network, claim } = this;
    const { owner, epoch, sequence, tokenHash } = claim;
    const awayForMs = performance.now() - this.awaySince;
    return {
      name,
      tokenHash: bytesToHex(tokenHash),
      ...(owner === undefined ? {} : { owner }),
      epoch,
      sequence,
      hasSettled: this.#hasSettled,
      network,
      ...(awayForMs > 0 ? { awaySince: Math.round(Date.now() - awayForMs) } : {}),
    };
  }
}
