import { type AccessRule, type Address, checkLimits, type Origin, type WorkerHost } from "@x/core";
import { Draining } from "../ends/draining.js";
import {
  type Acceptor,
  type AcceptorLimits,
  createAcceptor,
  defaultAcceptorLimits,
} from "../ends/stream-acceptor.js";
import type { ResetReason } from "../protocol/reset-reason.js";
import type { StreamBudget } from "../resources/stream-budget.js";
import type { ByteStream } from "./byte-stream.js";
import { type StreamEnds, streamEnds } from "./stream-ends.js";
import { WebStream } from "./web-stream.js";

/** How to take streams. */
export interface AcceptStreamsOptions extends Partial<AcceptorLimits> {
  /** Who may send to it, asked at every message of a stream. Whoever it refuses loses the streams he has. Default: everybody. */
  readonly access?: AccessRule;
  /**
   * Whose a stream is that is opened, such as the identity that the opener proved: nobody else can do anything with it.
   * Default: all streams are strangers', and belong to whoever knows their ids.
   */
  readonly ownerOf?: (origin: Origin) => string | undefined;
  /** Memory for streams. Default: that of the node, 256 MiB. */
  readonly budget?: StreamBudget;
  /** Told of what `onStream` throws or rejects with; the stream was reset. Must not throw. Default: nobody is told. */
  readonly onError?: (error: unknown, stream: ByteStream) => void;
}

/** Takes streams at an address. */
export interface StreamListener extends AsyncDisposable {
  readonly address: Address;
  /** Streams now. */
  readonly streams: number;
  /**
   * Refuses new streams with OUTLET_CLOSING at once, gives the others time to end, then closes: what is left is reset.
   * Resolves when it is closed. A second call changes nothing.
   *
   * @param graceMs longest time for streams to end, in milliseconds
   */
  drain(graceMs: number): Promise<void>;
  /** Resets all streams and stops. Safe to call twice; bounded in time. */
  close(): Promise<void>;
}

/** Takes a stream. When it throws or rejects, the stream is reset. */
export type StreamHandler = (stream: ByteStream) => Promise<void> | void;

/**
 * Starts a worker, open to the network, that takes streams of {@link openStream} and hands each to `onStream`.
 *
 * @param host not the operator's own: it answers along routes that others gave
 * @throws CulvertError OPTION_INVALID, ADDRESS_INVALID, ADDRESS_TAKEN, WORKER_LIMIT_EXCEEDED, NODE_CLOSED
 */
export function acceptStreams(
  host: WorkerHost,
  address: Address,
  onStream: StreamHandler,
  options: AcceptStreamsOptions = {},
): StreamListener {
  return new WebListener(host, address, onStream, options);
}

class WebListener implements StreamListener {
  readonly address: Address;
  readonly #acceptor: Acceptor;
  readonly #ends: StreamEnds;
  readonly #onStream: StreamHandler;
  readonly #onError: AcceptStreamsOptions["onError"];
  readonly #draining: Draining = new Draining(() => this.streams === 0);
  #closed: Promise<void> | undefined;

  constructor(host: WorkerHost, address: Address, onStream: StreamHandler, options: AcceptStreamsOptions) {
    const { access, ownerOf, budget, onError, ...limits } = options;
    this.address = address;
    this.#onStream = onStream;
    this.#onError = onError;
    this.#ends = host.shared(streamEnds);
    this.#acceptor = createAcceptor(host, {
      address,
      type: "stream",
      limits: checkLimits("stream", defaultAcceptorLimits, limits),
      budget,
      access,
      ownerOf,
      attach: (carrier, opened) => {
        const stream = new WebStream(carrier, opened);
        queueMicrotask(() => void this.#handOver(stream));
        return stream;
      },
      refusal: () => this.#refusal(),
      onClosed: () => this.#draining.check(),
    });
    this.#ends.add(this);
  }

  get streams(): number {
    return this.#acceptor.streams;
  }

  async drain(graceMs: number): Promise<void> {
    await this.#draining.wait(graceMs);
    await this.close();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #refusal(): ResetReason | undefined {
    if (!this.#draining.isBegun) return undefined;
    return { code: "OUTLET_CLOSING", text: `"${this.address}" is about to end` };
  }

  async #handOver(stream: WebStream): Promise<void> {
    try {
      await this.#onStream(stream);
    } catch (error) {
      stream.reset("what took the stream failed");
      this.#onError?.(error, stream);
    }
  }

  async #close(): Promise<void> {
    this.#ends.remove(this);
    this.#draining.giveUp();
    await this.#acceptor.close({ code: "ABORTED", text: `"${this.address}" was closed` });
  }
}
