import {
  type Connection,
  checkLimits,
  type DialOptions,
  type Listener,
  type ListenOptions,
  type Transport,
  type TransportCapabilities,
} from "@x/core";
import {
  defaultCloseTimeoutMs,
  defaultDeadPeerMs,
  defaultDialTimeoutMs,
  defaultHardQueueBytes,
  defaultMaxFrameBytes,
  defaultSoftQueueBytes,
} from "./limits.js";
import type { MemoryConnection } from "./memory-connection.js";
import type { MemoryLink } from "./memory-link.js";
import { type LinkAcceptor, MemoryNetwork } from "./memory-network.js";

export interface MemoryOptions {
  /** Where to dial and listen. Default: one network that the whole process shares. */
  readonly network?: MemoryNetwork;
  /** The word before `#` in an address. Default `memory`. */
  readonly name?: string;
  /** Promise that every frame arrives once. Default true; false allows loss and duplicates. */
  readonly reliable?: boolean;
  /** Promise that frames arrive in order. Default true; false allows reordering. */
  readonly ordered?: boolean;
  /** Largest frame, in bytes. Default 1,114,112: the largest payload and 64 KiB for its header, as over TCP. */
  readonly maxFrameBytes?: number;
  /** Bytes in one direction from which `send` returns a promise. Default 1 MiB. */
  readonly softQueueBytes?: number;
  /** Bytes in one direction from which `send` throws CONNECTION_BUSY. Default 16 MiB. */
  readonly hardQueueBytes?: number;
  /** Longest wait of `close` for the peer to take what was accepted, in milliseconds. Default 2,000. */
  readonly closeTimeoutMs?: number;
  /** Longest wait for an isolated listener, in milliseconds. Default 10,000. */
  readonly dialTimeoutMs?: number;
  /** A peer is dead whose link was cut for so long, in milliseconds. Default 7,500. */
  readonly deadPeerMs?: number;
}

const defaultLimits = {
  maxFrameBytes: defaultMaxFrameBytes,
  softQueueBytes: defaultSoftQueueBytes,
  hardQueueBytes: defaultHardQueueBytes,
  closeTimeoutMs: defaultCloseTimeoutMs,
  dialTimeoutMs: defaultDialTimeoutMs,
  deadPeerMs: defaultDeadPeerMs,
};

const sharedNetwork = new MemoryNetwork();

/**
 * Frames inside one process: `memory#n2` is whoever listens as `n2` on the same network.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function memory(options: MemoryOptions = {}): Transport {
  return new MemoryTransport(options);
}

class MemoryTransport implements Transport {
  readonly name: string;
  readonly capabilities: TransportCapabilities;
  readonly #network: MemoryNetwork;
  readonly #limits: typeof defaultLimits;

  constructor(options: MemoryOptions) {
    const { network = sharedNetwork, name = "memory", reliable = true, ordered = true, ...limits } = options;
    this.name = name;
    this.#network = network;
    this.#limits = checkLimits("memory()", defaultLimits, limits);
    const { maxFrameBytes, dialTimeoutMs, deadPeerMs } = this.#limits;
    this.capabilities = { reliable, ordered, maxFrameBytes, dialTimeoutMs, deadPeerMs };
  }

  async dial(where: string, options?: DialOptions): Promise<Connection> {
    const { capabilities } = this;
    const link = await this.#network.dial({ ...this.#limits, where, capabilities, options });
    return link.dialled;
  }

  async listen(where: string, options: ListenOptions): Promise<Listener> {
    return new MemoryListener(this.#network, where, options);
  }
}

class MemoryListener implements Listener {
  readonly where: string;
  readonly #network: MemoryNetwork;
  readonly #acceptor: LinkAcceptor;
  readonly #onConnection: ListenOptions["onConnection"];
  readonly #accepted = new Set<MemoryConnection>();
  #closing: Promise<void> | undefined;

  constructor(network: MemoryNetwork, where: string, { onConnection, refusal }: ListenOptions) {
    this.#network = network;
    this.#onConnection = onConnection;
    this.#acceptor = { refusal, onLink: (link) => this.#accept(link) };
    this.where = network.takeName(where, this.#acceptor);
  }

  stopAccepting(): void {
    this.#network.freeName(this.where, this.#acceptor);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.stopAccepting();
    await Promise.all([...this.#accepted].map((connection) => connection.close()));
  }

  #accept(link: MemoryLink): void {
    this.#accepted.add(link.accepted);
    link.accepted.whenClosed(() => this.#accepted.delete(link.accepted));
    try {
      this.#onConnection(link.accepted);
    } catch (cause) {
      link.accepted.fault(cause);
    }
  }
}
