import type { AccessRule, Address, Message, Route, WorkerHandle, WorkerHost } from "@x/core";
import type { NameClaim } from "../names/directory.js";
import { relayAddress } from "../names/relay-name.js";
import { encodeLeavingNotice } from "../protocol/leaving-notice.js";
import type { ClientPath } from "./client-path.js";

/** One relay as `list()` shows it. */
export interface RelayRegistration {
  /** Its name: `n3`. */
  readonly name: string;
  /** Who holds the name, such as an identity; absent when that is whoever has its token. */
  readonly owner?: string;
  /** Where it forwards from: `forward_to_n3`. */
  readonly address: Address;
  /** `down` while the connection to its client is lost. */
  readonly state: "up" | "down";
  /** When it reached that state, in milliseconds since 1970. */
  readonly since: number;
  /** The way to the client's forwarding worker. */
  readonly route: Route;
  /** When the name was registered first, in milliseconds since 1970. */
  readonly registeredAt: number;
  /** How long each renewal lasts, in milliseconds. */
  readonly leaseMs: number;
  /** Messages that were passed on to the client. */
  readonly messages: number;
  /** Bytes of their payloads. */
  readonly bytes: number;
  /** When the lease ends unless it is renewed, in milliseconds since 1970. A new name's relay goes 10 s after its connection. */
  readonly expiresAt: number;
}

/** What a registration says of the way to its client. */
export interface RelayTerms {
  /** The claim in force. */
  readonly claim: NameClaim;
  /** The way to the client's forwarding worker. */
  readonly route: Route;
  /** The first hop of that way. */
  readonly path: ClientPath;
  /** The lease granted, in milliseconds. */
  readonly leaseMs: number;
}

/** The worker `forward_to_<name>`: passes every message on to the client, and stays the same through renewals and moves. */
export class RelayWorker {
  readonly #host: WorkerHost;
  readonly #worker: WorkerHandle;
  readonly #registeredAt: number = Date.now();
  #renewedAt: number = Date.now();
  #terms: RelayTerms;
  #messages = 0;
  #bytes = 0;
  /** When the lease ends, by the monotonic clock in milliseconds. */
  endsAt: number;

  /**
   * @param access who may send through it; everybody where there is none
   * @throws CulvertError ADDRESS_TAKEN, WORKER_LIMIT_EXCEEDED, NODE_CLOSED
   */
  constructor(host: WorkerHost, terms: RelayTerms, access: AccessRule | undefined) {
    const address = relayAddress(terms.claim.name);
    this.#host = host;
    this.#terms = terms;
    this.#worker = host.startWorker((message) => this.#forward(message), {
      address,
      exposure: "network",
      type: "relay",
      ...(access !== undefined && { access }),
    });
    this.endsAt = performance.now() + terms.leaseMs;
  }

  /** Where it forwards from. */
  get address(): Address {
    return this.#worker.address;
  }

  /** What holds now. */
  get terms(): RelayTerms {
    return this.#terms;
  }

  /** Replaces the way to the client and begins a new lease. No message is lost: the worker runs on. */
  renew(terms: RelayTerms): void {
    this.#terms = terms;
    this.#renewedAt = Date.now();
    this.endsAt = performance.now() + terms.leaseMs;
  }

  /** Tells the client that the service is about to end. Says nothing while the way to it is down. */
  sayLeaving(): void {
    const { claim, route, path } = this.#terms;
    if (path.state === "up")
      void this.#host.send({ onwardRoute: route, payload: encodeLeavingNotice(claim) });
  }

  /** Withdraws the address. */
  close(): Promise<void> {
    return this.#worker.close();
  }

  /** How it stands now. */
  registration(): RelayRegistration {
    const { claim, route, path, leaseMs } = this.#terms;
    return {
      name: claim.name,
      ...(claim.owner === undefined ? {} : { owner: claim.owner }),
      address: this.address,
      state: path.state === "up" ? "up" : "down",
      since: Math.max(path.since, this.#registeredAt),
      route,
      registeredAt: this.#registeredAt,
      leaseMs,
      messages: this.#messages,
      bytes: this.#bytes,
      expiresAt: this.#renewedAt + leaseMs,
    };
  }

  /** It does not wait: the node brings congestion ahead back to the sender, and others' messages go on. */
  #forward(message: Message): void {
    const { route, path } = this.#terms;
    if (path.state === "up") {
      this.#messages++;
      this.#bytes += message.payload.length;
      void message.forward({ onwardRoute: [...route, ...message.onwardRoute], handOver: true });
      return;
    }
    const reason = `Cannot relay message at "${this.address}": the connection to its client is down`;
    message.refuse("CONNECTION_DOWN", reason);
  }
}
