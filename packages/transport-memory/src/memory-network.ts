import {
  askRefusal,
  CulvertError,
  type DialOptions,
  type ErrorCode,
  type ListenOptions,
  type TransportCapabilities,
} from "@x/core";
import { maxNameLength } from "./limits.js";
import { MemoryLink } from "./memory-link.js";
import { type MemoryScheduler, realScheduler } from "./memory-scheduler.js";
import { type RandomSource, seededRandom } from "./random-source.js";
import { perfectConditions, type WireConditions, withConditions } from "./wire-conditions.js";

export interface MemoryNetworkOptions {
  /** Time and turns. Default: those of the platform. */
  readonly scheduler?: MemoryScheduler;
  /** Where the random numbers of jitter, loss and the like begin. Default 1: the same faults in every run. */
  readonly seed?: number;
  /** How links treat frames unless told otherwise. Default: perfect wires. */
  readonly conditions?: Partial<WireConditions>;
}

/** What a dial brings with it. */
export interface MemoryDial {
  readonly where: string;
  readonly capabilities: TransportCapabilities;
  readonly softQueueBytes: number;
  readonly hardQueueBytes: number;
  readonly closeTimeoutMs: number;
  readonly options: DialOptions | undefined;
}

/** What listens to a name. */
export interface LinkAcceptor {
  /** Called with each new link. */
  readonly onLink: (link: MemoryLink) => void;
  /** Says why there is no room for another link. */
  readonly refusal: ListenOptions["refusal"];
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;

/** A place in which transports find each other by name, and the handle on everything that can go wrong there. */
export class MemoryNetwork {
  readonly scheduler: MemoryScheduler;
  readonly #random: RandomSource;
  readonly #listeners = new Map<string, LinkAcceptor>();
  readonly #links = new Set<MemoryLink>();
  readonly #isolated = new Set<string>();
  #conditions: WireConditions;
  #lastNumber = 0;

  constructor(options: MemoryNetworkOptions = {}) {
    this.scheduler = options.scheduler ?? realScheduler;
    this.#random = seededRandom(options.seed ?? 1);
    this.#conditions = withConditions(perfectConditions, options.conditions ?? {});
  }

  /** The open links, or those to one listener, oldest first. */
  links(where?: string): readonly MemoryLink[] {
    return [...this.#links].filter((link) => where === undefined || link.listener === where);
  }

  /** The names on which somebody listens. */
  listening(): readonly string[] {
    return [...this.#listeners.keys()];
  }

  /** Changes the conditions of every link, the present ones and those to come. */
  setConditions(conditions: Partial<WireConditions>): void {
    this.#conditions = withConditions(this.#conditions, conditions);
    for (const link of this.#links) link.setConditions(conditions);
  }

  /**
   * Takes a listener off the network: its links are cut (see `MemoryLink.cut`), and whoever dials it hears nothing.
   * Nobody is told.
   */
  isolate(where: string, deadPeerMs?: number): void {
    this.#isolated.add(where);
    for (const link of this.links(where)) link.cut(deadPeerMs);
  }

  /** Ends `isolate` for new connections; links that were cut stay cut. */
  restore(where: string): void {
    this.#isolated.delete(where);
  }

  /**
   * Takes a name, or makes one up for ``, `0` and what ends in `:0`. Returns the name.
   *
   * @throws CulvertError ADDRESS_INVALID, LISTEN_ADDRESS_TAKEN
   */
  takeName(where: string, acceptor: LinkAcceptor): string {
    const name = this.#chooseName(where);
    if (this.#listeners.has(name)) {
      throw new CulvertError("LISTEN_ADDRESS_TAKEN", `Cannot listen on "${name}": name is taken`);
    }
    this.#listeners.set(name, acceptor);
    return name;
  }

  /** Gives a name back, unless somebody else took it since. */
  freeName(name: string, acceptor: LinkAcceptor): void {
    if (this.#listeners.get(name) === acceptor) this.#listeners.delete(name);
  }

  /** Makes a link to a listener, as `Transport.dial` does. */
  dial(dial: MemoryDial): Promise<MemoryLink> {
    checkName(dial.where);
    const signal = dial.options?.signal;
    const { dialTimeoutMs } = dial.capabilities;
    return new Promise((resolve, reject) => {
      const fail = (code: ErrorCode, why: string): void =>
        settle(() => reject(new CulvertError(code, `Cannot dial "${dial.where}": ${why}`)));
      const onAbort = (): void => fail("ABORTED", "the attempt was given up");
      const settle = (then: () => void): void => {
        cancelAnswer();
        cancelTimeout();
        signal?.removeEventListener("abort", onAbort);
        then();
      };
      const cancelTimeout = this.scheduler.setTimer(
        () => fail("CONNECTION_TIMED_OUT", `no answer within ${dialTimeoutMs} ms`),
        dialTimeoutMs,
      );
      const cancelAnswer = this.#afterRoundTrip(() => {
        if (this.#isolated.has(dial.where)) return;
        const acceptor = this.#listeners.get(dial.where);
        if (acceptor === undefined) fail("CONNECTION_REFUSED", "nobody listens there");
        else if (askRefusal(acceptor.refusal) !== undefined)
          fail("CONNECTION_LIMIT_EXCEEDED", "there is no room for another connection");
        else settle(() => resolve(this.#link(dial, acceptor)));
      });
      signal?.addEventListener("abort", onAbort);
      if (signal?.aborted) onAbort();
    });
  }

  #afterRoundTrip(task: () => void): () => void {
    const roundTripMs = this.#conditions.delayMs * 2;
    if (roundTripMs > 0) return this.scheduler.setTimer(task, roundTripMs);
    let cancelled = false;
    this.scheduler.defer(() => {
      if (!cancelled) task();
    });
    return () => {
      cancelled = true;
    };
  }

  #link(dial: MemoryDial, acceptor: LinkAcceptor): MemoryLink {
    this.#lastNumber += 1;
    const link = new MemoryLink({
      ...dial,
      dialler: `dialler:${this.#lastNumber}`,
      listener: dial.where,
      conditions: this.#conditions,
      scheduler: this.scheduler,
      random: this.#random,
      onGone: (gone) => this.#links.delete(gone),
    });
    this.#links.add(link);
    acceptor.onLink(link);
    return link;
  }

  #chooseName(where: string): string {
    if (where !== "" && where !== "0" && !String(where).endsWith(":0")) return checkName(where);
    const prefix = where.endsWith(":0") ? checkName(where).slice(0, -1) : "memory:";
    do this.#lastNumber += 1;
    while (this.#listeners.has(`${prefix}${this.#lastNumber}`));
    return `${prefix}${this.#lastNumber}`;
  }
}

function checkName(where: unknown): string {
  if (typeof where === "string" && where.length <= maxNameLength && namePattern.test(where)) return where;
  throw new CulvertError(
    "ADDRESS_INVALID",
    `Cannot use name ${JSON.stringify(String(where).slice(0, 64))}: a name is 1 to ${maxNameLength} letters, digits, ".", "_", ":" or "-"`,
  );
}
