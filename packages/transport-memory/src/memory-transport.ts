import type {
  Connection,
  DialOptions,
  Listener,
  ListenOptions,
  Transport,
  TransportCapabilities,
} from "@x/core";
import {
  defaultCloseTimeoutMs,
  defaultDialTimeoutMs,
  defaultHardQueueBytes,
  defaultMaxFrameBytes,
  defaultSoftQueueBytes,
} from "./limits.js";
import type { MemoryConnection } from "./memory-connection.js";
import type { MemoryLink } from "./memory-link.js";
import { MemoryNetwork } from "./memory-network.js";

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
}

const sharedNetwork = new MemoryNetwork();

/** Frames inside one process: `memory#n2` is whoever listens as `n2` on the same network. */
export function memory(options: MemoryOptions = {}): Transport {
  return new MemoryTransport(options);
}

class MemoryTransport implements Transport {
  readonly name: string;
  readonly capabilities: TransportCapabilities;
  readonly #network: MemoryNetwork;
  readonly #options: MemoryOptions;

  constructor(options: MemoryOptions) {
    this.name = options.name ?? "memory";
    this.capabilities = {
      reliable: options.reliable ?? true,
      ordered: options.ordered ?? true,
      maxFrameBytes: options.maxFrameBytes ?? defaultMaxFrameBytes,
    };
    this.#network = options.network ?? sharedNetwork;
    this.#options = options;
  }

  async dial(where: string, options?: DialOptions): Promise<Connection> {
    const link = await this.#network.dial({
      where,
      capabilities: this.capabilities,
      softQueueBytes: this.#options.softQueueBytes ?? defaultSoftQueueBytes,
      hardQueueBytes: this.#options.hardQueueBytes ?? defaultHardQueueBytes,
      closeTimeoutMs: this.#options.closeTimeoutMs ?? defaultCloseTimeoutMs,
      dialTimeoutMs: this.#options.dialTimeoutMs ?? defaultDialTimeoutMs,
      options,
    });
    return link.dialled;
  }

  async listen(where: string, options: ListenOptions): Promise<Listener> {
    return new MemoryListener(this.#network, where, options);
  }
}

class MemoryListener implements Listener {
  readonly where: string;
  readonly #network: MemoryNetwork;
  readonly #onConnection: ListenOptions["onConnection"];
  readonly #accepted = new Set<MemoryConnection>();
  #closing: Promise<void> | undefined;

  constructor(network: MemoryNetwork, where: string, options: ListenOptions) {
    this.#network = network;
    this.#onConnection = options.onConnection;
    this.where = network.takeName(where, (link) => this.#accept(link));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#network.freeName(this.where);
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
