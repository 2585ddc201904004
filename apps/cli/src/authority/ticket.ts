import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { CulvertError, isTransportHop, type Route } from "@x/core";
import { type Identifier, isIdentifier } from "@x/identity";
import * as v from "valibot";
import { route, workerAddress } from "../registry/schemas.js";
import { isName } from "../syntax/names.js";
import { maxSharedServices, maxTicketLength, maxTicketRoutes, secretBytes } from "./limits.js";

/** What every ticket begins with: a name to find those that leaked, and a version. */
const prefix = "culvert1_";

/** How many bytes of the digest at the end find a ticket that was cut or mistyped. */
const checkBytes = 4;

const content = v.strictObject({
  authority: v.custom<Identifier>(isIdentifier),
  routes: v.pipe(
    v.array(
      v.pipe(
        route,
        v.minLength(2),
        v.check((hops) => isTransportHop(hops[0] ?? "")),
      ),
    ),
    v.minLength(1),
    v.maxLength(maxTicketRoutes),
  ),
  secret: v.pipe(v.string(), v.hexadecimal(), v.length(2 * secretBytes)),
  share: v.exactOptional(
    v.strictObject({
      name: v.pipe(v.string(), v.check(isName)),
      endsAtMs: v.pipe(v.number(), v.safeInteger()),
      services: v.pipe(
        v.array(v.strictObject({ name: v.pipe(v.string(), v.maxLength(300)), outlet: workerAddress })),
        v.minLength(1),
        v.maxLength(maxSharedServices),
      ),
    }),
  ),
});

/** What somebody shares: services of his machine, for those who have the ticket. */
export type Share = NonNullable<v.InferOutput<typeof content>["share"]>;

/**
 * What lets somebody become a member: who the authority is, how it is reached, and a secret that it gave away.
 * Only {@link Ticket.text} shows the secret.
 */
export class Ticket {
  readonly authority: Identifier;
  /** Ways to the authority's listener for channels. */
  readonly routes: readonly Route[];
  /** What it was made for; absent for those that only make members. */
  readonly share: Share | undefined;
  readonly #secret: string;

  /** @param secret hex digits */
  constructor(authority: Identifier, routes: readonly Route[], secret: string, share?: Share) {
    this.authority = authority;
    this.routes = routes;
    this.share = share;
    this.#secret = secret;
  }

  /**
   * Reads a ticket.
   *
   * @throws CulvertError TICKET_INVALID
   */
  static parse(text: string): Ticket {
    const trimmed = text.trim();
    if (!Ticket.isLike(trimmed)) throw ticketInvalid("it is none");
    if (trimmed.length > maxTicketLength) throw ticketInvalid(`limit is ${maxTicketLength} characters`);
    const bytes = Buffer.from(trimmed.slice(prefix.length), "base64url");
    const body = bytes.subarray(0, -checkBytes);
    // What is no base64url, or has bits too many, is not read over.
    const isWhole = bytes.toString("base64url") === trimmed.slice(prefix.length);
    if (!isWhole || !bytes.subarray(-checkBytes).equals(digest(body)))
      throw ticketInvalid("a part of it is missing or mistyped");
    const result = v.safeParse(content, parseJson(body));
    if (!result.success) throw ticketInvalid("it does not hold what it should");
    const { authority, routes, secret, share } = result.output;
    return new Ticket(authority, routes, secret, share);
  }

  /** Says whether text begins as tickets do. */
  static isLike(text: string): boolean {
    return text.startsWith(prefix);
  }

  /** The ticket as it is handed over: one line without blanks. Whoever has it can use it. */
  text(): string {
    const { authority, routes, share } = this;
    const body = Buffer.from(JSON.stringify({ authority, routes, secret: this.#secret, share }));
    return prefix + Buffer.concat([body, digest(body)]).toString("base64url");
  }

  /** What its authority wants to see. Hex digits. */
  secret(): string {
    return this.#secret;
  }

  toJSON(): object {
    return { authority: this.authority, routes: this.routes };
  }

  [inspect.custom](): object {
    return this.toJSON();
  }
}

function digest(body: Buffer): Buffer {
  return createHash("sha256").update(body).digest().subarray(0, checkBytes);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function ticketInvalid(why: string): CulvertError {
  return new CulvertError("TICKET_INVALID", `Cannot read ticket: ${why}`);
}
