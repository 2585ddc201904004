import type { CulvertError } from "@x/core";
import type { SourceLimits } from "../bounds/source-counter.js";
import { defaultMaxConnections, defaultMaxHandshakes, leastPerSource, maxTurnedAway } from "../limits.js";

/** How listeners behave. */
export interface ListenerOptions {
  /** Most connections per listener. Default 16,384; further ones are told CONNECTION_LIMIT_EXCEEDED. */
  readonly maxConnections?: number;
  /** Most accepted connections per listener that have not said hello. Default 1,024; the oldest of the host with most gives way. */
  readonly maxHandshakes?: number;
  /**
   * Most connections per listener from one host: an IPv4 address, or an IPv6 network of 64 bits. Default: a quarter of
   * `maxConnections`, but not less than 256.
   */
  readonly maxConnectionsPerHost?: number;
  /**
   * Most connections per listener from one network: 24 bits of IPv4, 48 of IPv6. Default: half of `maxConnections`, but not less
   * than 256.
   */
  readonly maxConnectionsPerNetwork?: number;
  /** Told what went wrong on a listener: handshakes that failed, connections that could not be accepted. Must not throw. */
  readonly onReport?: (error: CulvertError) => void;
}

/** {@link ListenerOptions} with every default filled in. */
export interface ListenerSettings extends SourceLimits {
  readonly maxConnections: number;
  readonly maxHandshakes: number;
  readonly onReport: (error: CulvertError) => void;
}

/** The defaults of {@link ListenerOptions}. */
export const listenerDefaults = {
  maxConnections: defaultMaxConnections as number,
  maxHandshakes: defaultMaxHandshakes as number,
  maxConnectionsPerHost: leastPerSource as number,
  maxConnectionsPerNetwork: leastPerSource as number,
};

/**
 * Most sockets that a listener has to accept. Beyond them the system's own refusal must do, or telling everybody would take all
 * file descriptors.
 */
export function maxSocketsOf({ maxConnections, maxHandshakes }: ListenerSettings): number {
  return maxConnections + maxHandshakes + maxTurnedAway;
}
