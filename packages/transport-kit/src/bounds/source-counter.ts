import { placeOf } from "@x/core";
import { leastPerSource } from "../limits.js";

/** Most connections from one place. */
export interface SourceLimits {
  /** From one host: an IPv4 address, or an IPv6 network of 64 bits, in which a host takes what address it likes. */
  readonly maxConnectionsPerHost: number;
  /** From one network: 24 bits of an IPv4 address or 48 of an IPv6 address, which is what a site is given. */
  readonly maxConnectionsPerNetwork: number;
}

/** One host or one network does not fill a large listener, and may fill a small one. */
export function sourceDefaults(maxConnections: number): SourceLimits {
  return {
    maxConnectionsPerHost: Math.max(Math.floor(maxConnections / 4), leastPerSource),
    maxConnectionsPerNetwork: Math.max(Math.floor(maxConnections / 2), leastPerSource),
  };
}

/** Counts connections by where they come from. A source that is no address counts as one host and one network. */
export class SourceCounter {
  readonly #limits: SourceLimits;
  readonly #hosts = new Map<string, number>();
  readonly #networks = new Map<string, number>();

  constructor(limits: SourceLimits) {
    this.#limits = limits;
  }

  /** Says why no further connection from an address may be accepted; nothing when one may. */
  refusal(address: string): string | undefined {
    const { maxConnectionsPerHost, maxConnectionsPerNetwork } = this.#limits;
    const { host, network } = placeOf(address);
    if ((this.#hosts.get(host) ?? 0) >= maxConnectionsPerHost)
      return `the listener has its limit of ${maxConnectionsPerHost} connections from one host`;
    if ((this.#networks.get(network) ?? 0) >= maxConnectionsPerNetwork)
      return `the listener has its limit of ${maxConnectionsPerNetwork} connections from one network`;
    return undefined;
  }

  /** Counts a connection in. Whoever calls what it returns, once, counts it out. */
  add(address: string): () => void {
    const { host, network } = placeOf(address);
    change(this.#hosts, host, 1);
    change(this.#networks, network, 1);
    return () => {
      change(this.#hosts, host, -1);
      change(this.#networks, network, -1);
    };
  }
}

function change(counts: Map<string, number>, name: string, by: 1 | -1): void {
  const count = (counts.get(name) ?? 0) + by;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
}
