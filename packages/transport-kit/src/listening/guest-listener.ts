import { askRefusal, type Connection, CulvertError, type Listener, type ListenOptions } from "@x/core";
import { type BudgetShare, FairBudget } from "../bounds/fair-budget.js";
import { SourceCounter } from "../bounds/source-counter.js";
import type { ListenerSettings } from "./listener-settings.js";

/** Somebody who was accepted, and who may become a connection. */
export interface Guest {
  /** Where it is. */
  readonly remoteWhere: string;
  /** Its host, as one source of load. */
  readonly source: string;
  readonly isClosed: boolean;
  /** Shakes hands. Closes when that fails. */
  greet(): Promise<Connection>;
  /** Says that there is no room, and closes; `atOnce` without waiting until it is heard. */
  turnAway(atOnce: boolean): void;
  /** Closes at once, with a reason for `greet`. */
  destroy(reason?: CulvertError): void;
  /** Calls back when it is closed; at once if it is already. */
  whenClosed(callback: () => void): void;
}

/** Where guests come from. */
export interface GuestSource<Each> {
  /** Where it listens, with what the system chose. */
  readonly where: string;
  /** Begins to hand over what is accepted, also what was before. Called once. */
  start(accept: (each: Each) => void): void;
  /** Stops accepting at once. Resolves when everything is given back that was accepted and is closed. */
  stop(): Promise<void>;
}

/** Accepts guests, shakes hands with them, and hands on the connections. */
export class GuestListener implements Listener {
  readonly where: string;
  readonly #source: GuestSource<Guest>;
  readonly #onConnection: (connection: Connection) => void;
  readonly #refusal: (() => string | undefined) | undefined;
  readonly #settings: ListenerSettings;
  readonly #counting: { handshakes: number };
  /** Guests who have not said hello. */
  readonly #strangers = new Set<Guest>();
  /** Places for them. The oldest of the host that has most gives way. */
  readonly #places: FairBudget;
  readonly #connections = new Set<Connection>();
  /** All guests, also those who have not said hello. */
  readonly #sources: SourceCounter;
  #stopped: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    source: GuestSource<Guest>,
    options: ListenOptions,
    settings: ListenerSettings,
    counting: { handshakes: number },
  ) {
    this.where = source.where;
    this.#source = source;
    this.#onConnection = options.onConnection;
    this.#refusal = options.refusal;
    this.#settings = settings;
    this.#counting = counting;
    this.#sources = new SourceCounter(settings);
    this.#places = new FairBudget(settings.maxHandshakes);
    source.start((guest) => this.#accept(guest));
  }

  stopAccepting(): void {
    this.#stopped ??= this.#source.stop();
    for (const stranger of this.#strangers) stranger.destroy();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(guest: Guest): void {
    const { maxConnections, onReport } = this.#settings;
    if (this.#stopped !== undefined) {
      guest.destroy();
      return;
    }
    if (this.#connections.size >= maxConnections) {
      onReport(this.#full(guest, `the listener has its limit of ${maxConnections} connections`));
      guest.turnAway(false);
      return;
    }
    const refusal = this.#sources.refusal(guest.source) ?? askRefusal(this.#refusal);
    if (refusal !== undefined) {
      onReport(this.#full(guest, refusal));
      guest.turnAway(true);
      return;
    }
    this.#greet(guest).catch(onReport);
  }

  async #close(): Promise<void> {
    this.stopAccepting();
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    await this.#stopped;
  }

  async #greet(guest: Guest): Promise<void> {
    guest.whenClosed(this.#sources.add(guest.source));
    const place = this.#takePlace(guest);
    this.#strangers.add(guest);
    this.#counting.handshakes++;
    try {
      const connection = await guest.greet();
      this.#connections.add(connection);
      guest.whenClosed(() => this.#connections.delete(connection));
      if (!guest.isClosed) this.#introduce(connection);
    } finally {
      this.#counting.handshakes--;
      this.#strangers.delete(guest);
      place.leave();
    }
  }

  #introduce(connection: Connection): void {
    try {
      this.#onConnection(connection);
    } catch (error) {
      void connection.close();
      const message = `Cannot take connection from ${connection.remoteWhere}: its receiver failed`;
      this.#settings.onReport(new CulvertError("INTERNAL", message, { cause: error }));
    }
  }

  #full({ remoteWhere }: Guest, reason: string): CulvertError {
    const who = remoteWhere === "" ? "a peer" : remoteWhere;
    const message = `Cannot accept connection from ${who} on ${this.where}: ${reason}`;
    return new CulvertError("CONNECTION_LIMIT_EXCEEDED", message);
  }

  #takePlace(guest: Guest): BudgetShare {
    const { maxHandshakes } = this.#settings;
    const message = `Cannot wait for hello: limit is ${maxHandshakes} at a time`;
    const giveWay = (): void => guest.destroy(new CulvertError("CONNECTION_LIMIT_EXCEEDED", message));
    const place = this.#places.joinWhole(guest.source, giveWay);
    place.set(1);
    return place;
  }
}

/** A source of guests, made of one of what they come by. */
export function mapSource<Each>(
  source: GuestSource<Each>,
  toGuest: (each: Each) => Guest,
): GuestSource<Guest> {
  return {
    where: source.where,
    start: (accept) => source.start((each) => accept(toGuest(each))),
    stop: () => source.stop(),
  };
}
