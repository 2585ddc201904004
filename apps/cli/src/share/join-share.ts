import { askAuthority } from "../authority/ask-authority.js";
import type { Ticket } from "../authority/ticket.js";
import type { CommandContext } from "../framework/context.js";
import type { LazyRegistry } from "../registry/registry.js";
import { temporaryRuntime } from "../runtime/temporary-runtime.js";

/** What came of joining a share. */
export interface JoinedShare {
  /** The name of the identity that may use it now. */
  readonly identity: string;
  /** Nobody else used the ticket before. */
  readonly isFirst: boolean;
}

/**
 * Makes the default identity of this home one of those who may use what a ticket shares. Its credential is kept for nodes of a scope.
 *
 * @throws what asking the authority, and keeping what it gives, throws
 */
export async function joinShare(
  context: CommandContext,
  registry: LazyRegistry,
  { ticket, scope }: { readonly ticket: Ticket; readonly scope: string },
): Promise<JoinedShare> {
  const { authority, routes } = ticket;
  const { signal } = context;
  const identities = await context.identities();
  const own = await identities.use();
  const identity = identities.find().name;
  await using runtime = await temporaryRuntime(context, registry);
  const request = { version: 1, type: "enroll", secret: ticket.secret() } as const;
  const issued = await askAuthority(runtime.node, { authority, routes, identity: own, request, signal });
  await identities.credentials.store(issued.credential, { scope });
  const history = Buffer.from(issued.authority.history).toString("hex");
  await identities.memberships.add({ authority, history, routes, identity, scope });
  return { identity, isFirst: issued.isFirst };
}
