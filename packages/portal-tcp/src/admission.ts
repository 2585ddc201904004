import type { Address } from "@x/core";
import { defaultMaxConnecting, defaultMaxStreams } from "./limits.js";

/** How many streams an outlet takes. */
export interface AdmissionLimits {
  /** Most streams at a time. Default 10,000. */
  readonly maxStreams?: number;
  /** Most streams by one connection of the node at a time. Default: as `maxStreams`, as a relay brings many inlets by one. */
  readonly maxStreamsPerConnection?: number;
  /** Most streams whose target has not accepted yet. Default 1,000: a silent target must not use up all streams. */
  readonly maxConnecting?: number;
}

/** Counts the streams of an outlet and says whether one more may come. */
export class Admission {
  readonly #maxStreams: number;
  readonly #maxPerConnection: number;
  readonly #maxConnecting: number;
  readonly #connections: Map<object, Address | undefined> = new Map();
  readonly #counts: Map<Address | undefined, number> = new Map();
  readonly #connecting: Set<object> = new Set();

  constructor(limits: AdmissionLimits) {
    this.#maxStreams = limits.maxStreams ?? defaultMaxStreams;
    this.#maxPerConnection = limits.maxStreamsPerConnection ?? this.#maxStreams;
    this.#maxConnecting = limits.maxConnecting ?? defaultMaxConnecting;
  }

  /** Streams whose target has not accepted yet. */
  get connecting(): number {
    return this.#connecting.size;
  }

  /** Why a stream that came by a connection may not be; nothing when it may. */
  refusal(arrivedBy: Address | undefined): string | undefined {
    if (this.#connections.size >= this.#maxStreams)
      return `the outlet has its limit of ${this.#maxStreams} streams`;
    if (this.#connecting.size >= this.#maxConnecting) {
      return `the outlet connects to its target for ${this.#maxConnecting} streams already, which is its limit`;
    }
    if ((this.#counts.get(arrivedBy) ?? 0) < this.#maxPerConnection) return undefined;
    return `the connection has its limit of ${this.#maxPerConnection} streams`;
  }

  /** A stream came; its target is being connected. */
  opened(stream: object, arrivedBy: Address | undefined): void {
    this.#connections.set(stream, arrivedBy);
    this.#counts.set(arrivedBy, (this.#counts.get(arrivedBy) ?? 0) + 1);
    this.#connecting.add(stream);
  }

  /** The target accepted. */
  connected(stream: object): void {
    this.#connecting.delete(stream);
  }

  /** The stream is over. Safe to call twice. */
  closed(stream: object): void {
    this.#connecting.delete(stream);
    const arrivedBy = this.#connections.get(stream);
    if (!this.#connections.delete(stream)) return;
    const left = (this.#counts.get(arrivedBy) ?? 0) - 1;
    if (left > 0) this.#counts.set(arrivedBy, left);
    else this.#counts.delete(arrivedBy);
  }
}
