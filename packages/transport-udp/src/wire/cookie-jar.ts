import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { cookieSlotMs } from "../limits.js";
import { cookieBytes } from "./hello.js";

const hashBytes = 16;

/**
 * Makes and checks cookies without remembering any: a peer that returns one has shown that it receives at its address.
 * A cookie is a time slot and a keyed hash over it, the address and the connection id.
 */
export class CookieJar {
  readonly #secret = randomBytes(32);
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The cookie for a peer. */
  make(where: string, id: string): Buffer {
    return this.#bake(this.#slot(), where, id);
  }

  /** Says whether a cookie was made here for this peer, not long ago. */
  check(cookie: Buffer, where: string, id: string): boolean {
    if (cookie.length !== cookieBytes) return false;
    const slot = cookie.readUInt32BE(0);
    const current = this.#slot();
    if (slot !== current && slot !== current - 1) return false;
    return timingSafeEqual(cookie, this.#bake(slot, where, id));
  }

  #slot(): number {
    // Slot 0 is never used, so that a hello full of zeros has no valid cookie.
    return 1 + Math.floor(this.#now() / cookieSlotMs);
  }

  #bake(slot: number, where: string, id: string): Buffer {
    const cookie = Buffer.alloc(cookieBytes);
    cookie.writeUInt32BE(slot);
    const hash = createHmac("sha256", this.#secret)
      .update(cookie.subarray(0, 4))
      .update(id, "latin1")
      .update(where);
    hash.digest().copy(cookie, 4, 0, hashBytes);
    return cookie;
  }
}
