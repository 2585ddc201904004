import { createHash, randomBytes } from "node:crypto";
import { CulvertError } from "@x/core";
import type { Attributes, Identifier } from "@x/identity";
import { maxMembers, maxTickets, secretBytes } from "./limits.js";

/** A ticket, as its authority keeps it: without the secret. */
export interface IssuedTicket {
  /** SHA-256 of the secret, in hex digits. */
  readonly hash: string;
  /** What it makes its users. */
  readonly attributes: Attributes;
  /** How many identities may use it. */
  readonly usageCount: number;
  /** Those that did. */
  readonly usedBy: readonly Identifier[];
  /** From when on it is good for nothing, in milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** What an authority keeps over restarts. */
export interface AuthorityState {
  readonly tickets: readonly IssuedTicket[];
  readonly members: Readonly<Record<Identifier, Attributes>>;
}

/** Where it is kept. */
export interface AuthorityStore {
  /** Nothing before the first save. */
  load(): AuthorityState | undefined;
  /** Resolves when the state is on the disk. One call at a time. */
  save(state: AuthorityState): Promise<void>;
}

/** A member, for people. */
export interface Member {
  readonly identifier: Identifier;
  readonly attributes: Attributes;
  /** The operator named it when the authority was made. */
  readonly isTrusted: boolean;
}

/** What a new ticket shall be. */
export interface NewTicket {
  readonly attributes: Attributes;
  readonly usageCount: number;
  readonly lifetimeMs: number;
}

/** The members of an authority, and the tickets by which others become some. */
export class Members {
  readonly #store: AuthorityStore;
  readonly #trusted: ReadonlyMap<Identifier, Attributes>;
  readonly #members: Map<Identifier, Attributes>;
  readonly #tickets: Map<string, IssuedTicket>;
  #saving: Promise<void> = Promise.resolve();

  /** @param trusted who is a member without a ticket */
  constructor(store: AuthorityStore, trusted: Readonly<Record<Identifier, Attributes>> = {}) {
    this.#store = store;
    this.#trusted = new Map(Object.entries(trusted));
    const { tickets = [], members = {} } = store.load() ?? {};
    this.#members = new Map(Object.entries(members));
    this.#tickets = new Map(tickets.map((ticket) => [ticket.hash, ticket]));
  }

  /** What a member is; nothing for everybody else. What a ticket made somebody adds to, and wins over, what the operator said. */
  attributesOf(identifier: Identifier): Attributes | undefined {
    const [trusted, enrolled] = [this.#trusted.get(identifier), this.#members.get(identifier)];
    return trusted === undefined && enrolled === undefined ? undefined : { ...trusted, ...enrolled };
  }

  /** Everybody who is a member. */
  list(): readonly Member[] {
    const all = new Set([...this.#trusted.keys(), ...this.#members.keys()]);
    return [...all].map((identifier) => ({
      identifier,
      attributes: this.attributesOf(identifier) ?? {},
      isTrusted: this.#trusted.has(identifier),
    }));
  }

  /**
   * Lets go of somebody who came with a ticket: there are no further credentials, also not by the same ticket.
   *
   * @returns whether there was such a member
   * @throws what saving throws
   */
  async remove(identifier: Identifier): Promise<boolean> {
    const before = this.#members.get(identifier);
    if (before === undefined) return false;
    this.#members.delete(identifier);
    await this.#saveOr(() => this.#members.set(identifier, before));
    return true;
  }

  /**
   * Makes a ticket.
   *
   * @returns its secret, hex digits, which is kept nowhere
   * @throws CulvertError TICKET_LIMIT_EXCEEDED; and what saving throws
   */
  async createTicket({ attributes, usageCount, lifetimeMs }: NewTicket): Promise<string> {
    this.#forgetExpired();
    if (this.#tickets.size >= maxTickets) {
      throw new CulvertError("TICKET_LIMIT_EXCEEDED", `Cannot create ticket: limit is ${maxTickets} tickets`);
    }
    const secret = randomBytes(secretBytes).toString("hex");
    const hash = hashOf(secret);
    this.#tickets.set(hash, {
      hash,
      attributes,
      usageCount,
      usedBy: [],
      expiresAtMs: Date.now() + lifetimeMs,
    });
    await this.#saveOr(() => this.#tickets.delete(hash));
    return secret;
  }

  /**
   * Makes somebody a member by a ticket, which is spent once for it; on the disk before this resolves. Whoever used it before
   * may do so again: an answer may have been lost.
   *
   * @returns whether nobody else used it before
   * @throws CulvertError TICKET_REFUSED when it is unknown, spent or has expired, MEMBER_LIMIT_EXCEEDED; and what saving throws
   */
  async enroll(secret: string, identifier: Identifier): Promise<{ readonly isFirst: boolean }> {
    const ticket = this.#tickets.get(hashOf(secret));
    if (ticket === undefined) throw ticketRefused("it is not known, or expired long ago");
    if (ticket.expiresAtMs <= Date.now()) throw ticketRefused("it has expired");
    const { hash, usedBy, usageCount, attributes } = ticket;
    const isFirst = usedBy.length === 0 || usedBy[0] === identifier;
    if (usedBy.includes(identifier)) return { isFirst };
    if (usedBy.length >= usageCount) throw ticketRefused("it is spent");
    const before = this.#members.get(identifier);
    if (before === undefined && this.#members.size >= maxMembers) {
      throw new CulvertError(
        "MEMBER_LIMIT_EXCEEDED",
        `Cannot enroll ${identifier}: limit is ${maxMembers} members`,
      );
    }
    // Spent before anything is waited for: of two that come at once, one is told so.
    this.#tickets.set(hash, { ...ticket, usedBy: [...usedBy, identifier] });
    this.#members.set(identifier, { ...before, ...attributes });
    await this.#saveOr(() => {
      const now = this.#tickets.get(hash) ?? ticket;
      this.#tickets.set(hash, { ...now, usedBy: now.usedBy.filter((user) => user !== identifier) });
      if (before === undefined) this.#members.delete(identifier);
      else this.#members.set(identifier, before);
    });
    return { isFirst };
  }

  #forgetExpired(): void {
    for (const [hash, { expiresAtMs }] of this.#tickets)
      if (expiresAtMs <= Date.now()) this.#tickets.delete(hash);
  }

  /** Saves what is there now; when that fails, the change is taken back. */
  async #saveOr(undo: () => void): Promise<void> {
    const saving = this.#saving.then(() =>
      this.#store.save({ tickets: [...this.#tickets.values()], members: Object.fromEntries(this.#members) }),
    );
    this.#saving = saving.catch(() => {});
    try {
      await saving;
    } catch (error) {
      undo();
      throw error;
    }
  }
}

function hashOf(secret: string): string {
  return createHash("sha256").update(Buffer.from(secret, "hex")).digest("hex");
}

function ticketRefused(why: string): CulvertError {
  return new CulvertError("TICKET_REFUSED", `Cannot enroll: the ticket is refused, ${why}`);
}
