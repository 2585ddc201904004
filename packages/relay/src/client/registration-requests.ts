import { type Address, CulvertError, type Route, request, type WorkerHost } from "@x/core";
import { maxLeaseMs, minLeaseMs, requestTimeoutMs } from "../limits.js";
import {
  decodeRelayReply,
  encodeRelayRequest,
  type RelayReply,
  type RelayRequest,
  type RequestOrder,
} from "../protocol/relay-message.js";

/** Who asks for what. */
export interface RequestSubject {
  /** The way to the relay service. */
  readonly route: Route;
  /** The relay's name. */
  readonly name: string;
  /** The owner's secret. */
  readonly token: Uint8Array;
  /** The worker on this node that passes messages on. */
  readonly forwardTo: Address;
  /** The wanted lease, in milliseconds; 0 as the service likes. */
  readonly leaseMs: number;
}

/**
 * The requests of one client, each later than the one before.
 * Each waits at an address of its own that only the service learns, so that nobody else can answer it.
 */
export class RegistrationRequests {
  readonly #host: WorkerHost;
  readonly #subject: RequestSubject;
  #epoch: number = Date.now();
  #sequence = 0;
  /** The sequence of the last request that was granted, in the epoch in force; nothing before the first. */
  #granted: number | undefined;

  constructor(host: WorkerHost, subject: RequestSubject) {
    this.#host = host;
    this.#subject = subject;
  }

  /**
   * Registers or renews, and resolves with the lease in milliseconds.
   *
   * @throws CulvertError the code of the refusal; TIMED_OUT, ABORTED, REPLY_INVALID
   */
  async register(signal: AbortSignal): Promise<number> {
    const epoch = this.#epoch;
    const reply = await this.#askForName(signal);
    // Once: a service that always knows a later start is asked again after a wait, like any that says no.
    if (isSuperseded(reply) && this.#epoch > epoch) return this.#leaseOf(await this.#askForName(signal));
    return this.#leaseOf(reply);
  }

  /** Also brings the epoch behind the one in force, where this client may overtake it. */
  async #askForName(signal: AbortSignal): Promise<RelayReply> {
    const { name, token, forwardTo, leaseMs } = this.#subject;
    const order = this.#nextOrder();
    const reply = await this.#ask(
      { type: "register", ...order, name, token, forwardTo, leaseMs },
      { timeoutMs: requestTimeoutMs, signal },
    );
    if (reply.type === "registered") this.#granted = order.sequence;
    if (isSuperseded(reply)) this.#overtake(reply.epoch);
    return reply;
  }

  #leaseOf(reply: RelayReply): number {
    if (reply.type === "registered") return Math.min(maxLeaseMs, Math.max(minLeaseMs, reply.leaseMs));
    if (reply.type !== "refused") {
      throw new CulvertError("REPLY_INVALID", "Cannot register relay: the reply answers another request");
    }
    throw new CulvertError(reply.code, reply.reason, { hop: this.#subject.route.at(-1) as Address });
  }

  /** Says whether something is about the registration in force, or one asked for since, and not about an earlier one. */
  isCurrent({ epoch, sequence }: RequestOrder): boolean {
    return this.#granted !== undefined && epoch === this.#epoch && sequence >= this.#granted;
  }

  /** Gives the name back. Rejects like `register`. */
  async release(timeoutMs: number): Promise<void> {
    const { name, token } = this.#subject;
    await this.#ask({ type: "release", ...this.#nextOrder(), name, token }, { timeoutMs });
  }

  async #ask(
    content: RelayRequest,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<RelayReply> {
    const reply = await request(this.#host, this.#subject.route, encodeRelayRequest(content), options);
    return decodeRelayReply(reply.payload);
  }

  #nextOrder(): RequestOrder {
    this.#sequence += 1;
    return { epoch: this.#epoch, sequence: this.#sequence };
  }

  /**
   * A client that was never registered is the owner's newest start, whatever its clock says: it takes an epoch behind the
   * one in force. One that was registered has been replaced by a newer start, and must not take the name back.
   */
  #overtake(epochInForce: number): void {
    if (this.#granted !== undefined || epochInForce < this.#epoch || epochInForce >= Number.MAX_SAFE_INTEGER)
      return;
    this.#epoch = epochInForce + 1;
  }
}

function isSuperseded(reply: RelayReply): reply is Extract<RelayReply, { readonly type: "refused" }> {
  return reply.type === "refused" && reply.code === "RELAY_SUPERSEDED";
}
