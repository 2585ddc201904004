import {
  type AccessRule,
  type Address,
  type AddressState,
  CulvertError,
  type ErrorCode,
  formatRoute,
  isCulvertError,
  type Message,
  type Route,
  type WorkerHandle,
  type WorkerHost,
} from "@x/core";
import {
  maxFarRenewalMs,
  maxReturnJitterMs,
  releaseTimeoutMs,
  renewalsPerLease,
  steadyAfterMs,
} from "../limits.js";
import { relayAddress } from "../names/relay-name.js";
import { hashesAreEqual, hashToken, type RelayToken, tokenBytes } from "../names/token.js";
import { decodeLeavingNotice } from "../protocol/leaving-notice.js";
import { Alarm } from "./alarm.js";
import { RegistrationRequests } from "./registration-requests.js";
import type { RelayClient } from "./relay-client.js";
import { retryDelay } from "./retry-delay.js";
import { UpWaiters } from "./up-waiters.js";

/** The options of a relay client, all given. */
export interface RelayKeeperOptions {
  /** The way to the relay service, one hop or more. */
  readonly route: Route;
  /** The relay's name. */
  readonly name: string;
  /** The owner's secret. */
  readonly token: RelayToken;
  /** The wanted lease, in milliseconds; 0 as the service likes. */
  readonly leaseMs: number;
  /** Who may send through the relay. */
  readonly access: AccessRule | undefined;
  /** Told each change after the start. */
  readonly onChange: (client: RelayClient) => void;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

// One such failure of a renewal says nothing about the registration: a message was lost, or the way is congested.
const passingFailures: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "TIMED_OUT",
  "WORKER_BUSY",
  "CONNECTION_BUSY",
  "RELAY_RATE_LIMIT_EXCEEDED",
]);

/**
 * The life of a relay client.
 * One timer and at most one request at a time. While the first hop is down nothing is sent: the node says when it is back.
 */
export class RelayKeeper implements RelayClient {
  readonly #options: RelayKeeperOptions;
  readonly #forwarding: WorkerHandle;
  readonly #requests: RegistrationRequests;
  readonly #tokenHash: Uint8Array;
  readonly #alarm: Alarm = new Alarm();
  readonly #waiters: UpWaiters = new UpWaiters();
  readonly #unwatch: () => void;
  #isStarted = false;
  #hopState: AddressState | undefined;
  #attempt: AbortController | undefined;
  #mayBeRegistered = false;
  #leaseEndsAt = 0;
  #closing: Promise<void> | undefined;
  #releasing: Promise<boolean> | undefined;
  #state: "up" | "down" = "down";
  #since: number = Date.now();
  #attempts = 0;
  /** Failures that count for the next wait; a registration ends the row only after it has held for a while. */
  #failures = 0;
  #registeredAt = 0;
  #lastFailure: CulvertError | undefined;
  #nextAttemptAt: number | undefined;

  constructor(host: WorkerHost, options: RelayKeeperOptions) {
    const { route, name, leaseMs, access } = options;
    const token = tokenBytes(options.token);
    this.#options = options;
    this.#tokenHash = hashToken(token);
    this.#forwarding = host.startWorker(
      (message) => {
        // It does not wait: the node brings congestion ahead back to the sender.
        if (!this.#isLeavingNotice(message)) void message.forward({ handOver: true, admit: true });
      },
      { exposure: "network", type: "relay-client", ...(access !== undefined && { access }) },
    );
    const forwardTo = this.#forwarding.address;
    this.#requests = new RegistrationRequests(host, { route, name, token, forwardTo, leaseMs });
    this.#unwatch = host.watch(route[0] as Address, (state) => this.#onHop(state));
    this.#isStarted = true;
  }

  get name(): string {
    return this.#options.name;
  }

  get token(): RelayToken {
    return this.#options.token;
  }

  get remoteAddress(): Address {
    return relayAddress(this.#options.name);
  }

  get workerAddress(): Address {
    return this.#forwarding.address;
  }

  get flowRoute(): Route {
    return [...this.#options.route.slice(0, -1), this.remoteAddress];
  }

  get state(): "up" | "down" {
    return this.#state;
  }

  get since(): number {
    return this.#since;
  }

  get attempts(): number {
    return this.#attempts;
  }

  get lastFailure(): CulvertError | undefined {
    return this.#lastFailure;
  }

  get nextAttemptAt(): number | undefined {
    return this.#nextAttemptAt;
  }

  async whenUp(signal?: AbortSignal): Promise<void> {
    if (this.#closing !== undefined) throw closedError(this.name);
    if (this.#state === "up") return;
    await this.#waiters.wait(signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  release(): Promise<boolean> {
    this.#releasing ??= this.#giveBack();
    return this.#releasing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #onHop(state: AddressState): void {
    if (state === this.#hopState || this.#closing !== undefined) return;
    const isFirst = this.#hopState === undefined;
    this.#hopState = state;
    if (state !== "up") {
      this.#loseHop(state);
      return;
    }
    // The first registration is at once; later ones spread, because a whole node's clients come back together.
    if (isFirst) void this.#register();
    else this.#askIn(this.#options.random() * maxReturnJitterMs);
  }

  /** Only the service can tell that it ends: it alone knows the token's hash, and which registration is in force. */
  #isLeavingNotice(message: Message): boolean {
    if (message.onwardRoute.length > 0 || message.refusal !== undefined) return false;
    const notice = decodeLeavingNotice(message.payload);
    if (notice === undefined || !hashesAreEqual(notice.tokenHash, this.#tokenHash)) return false;
    const isHeard = this.#hopState === "up" && this.#closing === undefined;
    if (isHeard && this.#requests.isCurrent(notice)) this.#loseService();
    return true;
  }

  #loseService(): void {
    this.#attempt?.abort();
    const hop = this.#options.route.at(-1) as Address;
    const reason = `Cannot keep relay "${this.name}": the relay service is about to end`;
    this.#onFailure(new CulvertError("RELAY_LEAVING", reason, { hop }));
  }

  #loseHop(state: AddressState): void {
    this.#attempt?.abort();
    this.#alarm.clear();
    this.#nextAttemptAt = undefined;
    const hop = this.#options.route[0] as Address;
    const reason = `Cannot keep relay "${this.name}": the connection "${hop}" is ${state}`;
    this.#lastFailure = new CulvertError("CONNECTION_DOWN", reason, { hop });
    this.#become("down");
  }

  #askIn(delayMs: number): void {
    this.#nextAttemptAt = Date.now() + delayMs;
    this.#alarm.set(delayMs, () => void this.#register());
  }

  async #register(): Promise<void> {
    this.#attempt?.abort();
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#nextAttemptAt = undefined;
    this.#mayBeRegistered = true;
    try {
      const leaseMs = await this.#requests.register(attempt.signal);
      if (!attempt.signal.aborted) this.#onRegistered(leaseMs);
    } catch (error) {
      if (!attempt.signal.aborted) this.#onFailure(this.#described(error));
    }
  }

  #onRegistered(leaseMs: number): void {
    if (this.#attempts > 0 || this.#state === "down") this.#registeredAt = performance.now();
    this.#attempts = 0;
    this.#lastFailure = undefined;
    this.#leaseEndsAt = Date.now() + leaseMs;
    const isFar = this.#options.route.length > 2;
    const intervalMs = Math.min(leaseMs / renewalsPerLease, isFar ? maxFarRenewalMs : leaseMs);
    // Up to a quarter earlier, so that clients that registered together do not renew together for ever.
    this.#askIn(intervalMs * (1 - this.#options.random() / 4));
    this.#become("up");
  }

  #onFailure(failure: CulvertError): void {
    // A service that grants and takes back in turns is asked ever more slowly too.
    const wasSteady = this.#attempts === 0 && performance.now() - this.#registeredAt >= steadyAfterMs;
    this.#failures = wasSteady ? 1 : this.#failures + 1;
    this.#attempts += 1;
    this.#lastFailure = failure;
    // Without a hop it is this node that is closed, not the service's.
    if (failure.code !== "NODE_CLOSED" || failure.hop !== undefined) {
      this.#askIn(retryDelay(failure.code, this.#failures, this.#options.random()));
    }
    const isHeld =
      this.#attempts === 1 && Date.now() < this.#leaseEndsAt && passingFailures.has(failure.code);
    this.#become(isHeld ? this.#state : "down");
  }

  #described(error: unknown): CulvertError {
    if (isCulvertError(error)) return error;
    const route = formatRoute(this.#options.route);
    const message = `Cannot register relay "${this.name}" at ${route}: the request failed`;
    return new CulvertError("INTERNAL", message, { cause: error });
  }

  #become(state: "up" | "down"): void {
    if (state !== this.#state) this.#since = Date.now();
    this.#state = state;
    if (state === "up") this.#waiters.resolveAll();
    // What `watch` says at once is part of the start, and whoever starts a client has not got it yet.
    if (this.#isStarted) this.#options.onChange(this);
  }

  async #giveBack(): Promise<boolean> {
    // Stopped first: a registration under way must not take the name again.
    const isStopped = this.close();
    const canTell = this.#mayBeRegistered && this.#hopState === "up";
    const isKnown =
      canTell &&
      (await this.#requests.release(releaseTimeoutMs).then(
        () => true,
        () => false,
      ));
    await isStopped;
    return isKnown;
  }

  async #stop(): Promise<void> {
    this.#attempt?.abort();
    this.#alarm.clear();
    this.#unwatch();
    this.#nextAttemptAt = undefined;
    this.#waiters.rejectAll(closedError(this.name));
    await this.#forwarding.close();
    if (this.#state === "up") this.#become("down");
  }
}

function closedError(name: string): CulvertError {
  return new CulvertError("ABORTED", `Cannot wait for relay "${name}": its client is closed`);
}
