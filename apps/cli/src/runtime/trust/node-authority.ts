import type { Route } from "@x/core";
import { type Attributes, issueCredential } from "@x/identity";
import * as v from "valibot";
import { authorityAddress, startAuthority } from "../../authority/authority-service.js";
import { maxTicketMs, maxTicketRoutes, maxUsageCount } from "../../authority/limits.js";
import { type AuthorityStore, Members, type NewTicket } from "../../authority/members.js";
import { CliError } from "../../cli-error.js";
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

/** What operations tell of a member. */
export interface MemberView {
  readonly identifier: string;
  readonly attributes: Attributes;
  /** The operator named it when the authority was made. */
  readonly is_trusted: boolean;
}

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

  /** Everybody who is a member. */
  members(): readonly MemberView[] {
    return this.#members
      .list()
      .map(({ identifier, attributes, isTrusted }) => ({ identifier, attributes, is_trusted: isTrusted }));
  }

  /**
   * Lets go of a member; an empty list when there are none at all.
   *
   * @throws CliError RESOURCE_NOT_FOUND, RESOURCE_IN_USE for one that the operator named, STATE_FAILED
   */
  async removeMember(identifier: string): Promise<MemberView | readonly []> {
    const all = this.members();
    const member = all.find((one) => one.identifier === identifier);
    if (member === undefined && all.length === 0) return [];
    if (member === undefined) throw memberNotFound(identifier);
    if (member.is_trusted) throw namedByOperator(identifier);
    await this.#members.remove(identifier);
    this.#context.log.info({ identifier }, "Let go of a member");
    return member;
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

function memberNotFound(identifier: string): CliError {
  return new CliError("RESOURCE_NOT_FOUND", `Cannot find member ${identifier}: not found`, {
    hint: "See `culvert member list`",
  });
}

function namedByOperator(identifier: string): CliError {
  const reason = `Cannot delete member ${identifier}: it was named when the authority was created`;
  return new CliError("RESOURCE_IN_USE", reason, {
    hint: "Create the authority anew, with other --trusted-identities",
  });
}
