import type { Address, Route } from "@x/core";
import { maxUnreadBytes, maxUnreadBytesPerConnection } from "../limits.js";

/** What a header takes beside its addresses, in bytes, generously. */
const headerBytes = 64;

/**
 * Replies that wait in the queues of congested connections, in bytes.
 * A client that asks and does not read is not served any more from some size on, and sooner while all together hold much:
 * those that hold more than an equal share wait then.
 */
export class UnreadReplies {
  readonly #byConnection = new Map<Address, number>();
  #bytes = 0;

  /** All together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Says whether a request of a connection may be served now. */
  hasRoom(connection: Address): boolean {
    const held = this.#byConnection.get(connection) ?? 0;
    if (held >= maxUnreadBytesPerConnection) return false;
    return this.#bytes < maxUnreadBytes || held < maxUnreadBytes / (this.#byConnection.size + 1);
  }

  /** Counts a reply until its connection has room again, which `sent` says. */
  hold(
    connection: Address,
    reply: { readonly route: Route; readonly payload: Uint8Array },
    sent: Promise<void>,
  ): void {
    const bytes =
      headerBytes + reply.payload.byteLength + reply.route.reduce((sum, hop) => sum + hop.length, 0);
    this.#add(connection, bytes);
    const forget = (): void => this.#add(connection, -bytes);
    sent.then(forget, forget);
  }

  #add(connection: Address, bytes: number): void {
    const held = (this.#byConnection.get(connection) ?? 0) + bytes;
    this.#bytes += bytes;
    if (held > 0) this.#byConnection.set(connection, held);
    else this.#byConnection.delete(connection);
  }
}
