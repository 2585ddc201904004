import type { Route } from "@x/core";
import { issueCredential } from "@x/identity";
import * as v from "valibot";
import { authorityAddress, startAuthority } from "../../authority/authority-service.js";
import { maxTicketMs, maxTicketRoutes, maxUsageCount } from "../../authority/limits.js";
import { type AuthorityStore, Members, type NewTicket } from "../../authority/members.js";
import { route } from "../../registry/schemas.js";
import type { IssuingSettings } from "../../state/node-files.js";
import { channelListenerAddress } from "../../syntax/secure-hop.js";
import type { RuntimeContext } from "../runtime-context.js";

/** What makes a node an authority. */
export interface NodeAuthorityOptions extends IssuingSettings {
  readonly store: AuthorityStore;
}

/** Parameters of `ticket.create`. */
export interface TicketParams extends NewTicket {
  /** Ways to the listener for channels. Default: by the node's own listeners. */
  readonly routes?: readonly Route[];
}

/** The same, checked. */
export const ticketParams: v.GenericSchema<unknown, TicketParams> = v.strictObject({
  attributes: v.record(v.string(), v.string()),
  usageCount: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maxUsageCount)),
  lifetimeMs: v.pipe(v.number(), v.minValue(1), v.maxValue(maxTicketMs)),
  routes: v.exactOptional(v.pipe(v.array(route), v.minLength(1), v.maxLength(maxTicketRoutes))),
});

/** What it tells: what the ticket is made of. */
export interface TicketView {
  readonly authority: string;
  readonly routes: readonly Route[];
  /** In hex digits. */
  readonly secret: string;
  /** In milliseconds since 1970. */
  readonly expires_at_ms: number;
}

/** The authority that a node is. */
export class NodeAuthority {
  readonly #context: RuntimeContext;
  readonly #members: Members;

  /** Starts to answer members. */
  constructor(context: RuntimeContext, { store, trusted, credentialMs }: NodeAuthorityOptions) {
    const { node, trust, policies, log, refusals } = context;
    this.#context = context;
    this.#members = new Members(store, trusted);
    startAuthority(node, {
      members: this.#members,
      identity: () => trust.own(),
      credentialMs,
      access: policies.rule({ type: "service", name: authorityAddress }),
      onIssued: (identifier, how) => log.info({ identifier, how }, "Issued a credential"),
      onRefused: (error, identifier) => refusals.note(error, { identifier }),
    });
  }

  /** Makes a ticket. @throws CulvertError CREDENTIAL_INVALID for attributes that cannot be, TICKET_LIMIT_EXCEEDED; CliError STATE_FAILED */
  async createTicket(params: TicketParams, addresses: readonly string[]): Promise<TicketView> {
    const { attributes, usageCount, lifetimeMs, routes } = params;
    const { trust } = this.#context;
    const own = await trust.own();
    // What no credential can say is refused before somebody holds a ticket for it.
    await issueCredential(own, own.identifier, { attributes });
    const expiresAtMs = Date.now() + lifetimeMs;
    const secret = await this.#members.createTicket({ attributes, usageCount, lifetimeMs });
    const found = addresses.slice(0, maxTicketRoutes).map((address) => [address, channelListenerAddress]);
    return { authority: own.identifier, routes: routes ?? found, secret, expires_at_ms: expiresAtMs };
  }
}
