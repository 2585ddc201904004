import type { Share, Ticket } from "../authority/ticket.js";
import { CliError } from "../cli-error.js";
import type { CommandContext } from "../framework/context.js";
import { createNode } from "../node-process/create-node.js";
import type { LazyRegistry } from "../registry/registry.js";
import type { NodePurpose, NodeSettings } from "../state/node-files.js";
import { joinShare } from "./join-share.js";
import { endPurposeNode } from "./purpose-nodes.js";

/** What to open, and how. */
export interface NewOpening {
  readonly ticket: Ticket;
  /** The name of its node. */
  readonly node: string;
  readonly name: string;
  /** Where to listen for each service; a port of 0 lets the system choose. */
  readonly from: (index: number) => string;
  readonly endsWithCommand: boolean;
}

/** What came of it. */
export interface Opening {
  readonly node: { readonly name: string };
  readonly settings: NodeSettings;
  readonly purpose: NodePurpose;
  /** Nobody else used the ticket before. */
  readonly isFirst: boolean;
  readonly services: readonly { readonly name: string; readonly address: string }[];
}

/** Longest wait for the channel and for the outlet, in milliseconds each. 5,000: longer than a healthy path takes. */
const openWaitMs = 5000;

/** What commands wait for the node beyond that, in milliseconds. */
const controlMarginMs = 10_000;

/** How an inlet of an opening waits, in milliseconds: as `tcp-inlet create` does. */
const inletWaits = {
  connectionWaitMs: 5000,
  retryWaitMs: 20_000,
  openTimeoutMs: 10_000,
  pingTimeoutMs: 10_000,
};

/**
 * What a ticket shares.
 *
 * @throws CliError USAGE_INVALID for one that shares nothing
 */
export function shareOf({ share }: Ticket): Share {
  if (share === undefined) {
    throw new CliError("USAGE_INVALID", "Cannot open the ticket: it makes members, and shares nothing", {
      hint: "Use it with `culvert enroll`",
    });
  }
  if (share.endsAtMs > Date.now()) return share;
  const ended = new Date(share.endsAtMs).toISOString();
  throw new CliError("RESOURCE_NOT_FOUND", `Cannot open ${share.name}: it ended at ${ended}`, {
    hint: "Ask for a new ticket",
  });
}

/**
 * Becomes one of those who may use what a ticket shares, and leads there from ports of this machine. The other end is the identity
 * that the ticket names, or there is none.
 *
 * @throws what the authority refuses with, and what creating the node throws; nothing is left of it then
 */
export async function openShare(
  context: CommandContext,
  registry: LazyRegistry,
  opening: NewOpening,
): Promise<Opening> {
  const { ticket, name, node, endsWithCommand } = opening;
  const { endsAtMs } = shareOf(ticket);
  const { authority } = ticket;
  const scope = node;
  const { identity, isFirst } = await joinShare(context, registry, { ticket, scope });
  const purpose = { kind: "open", name, authority } as const;
  const settings = { listeners: {}, identity, credentialScope: scope, endsAtMs, purpose };
  const made = { node: { name: node }, settings: { createdAt: Date.now(), ...settings }, purpose };
  try {
    await createNode(context, { name: node, ...settings, endsWithCommand });
    const services = await lead(context, opening);
    return { ...made, isFirst, services };
  } catch (error) {
    await endPurposeNode(context, made);
    throw error;
  }
}

async function lead(
  context: CommandContext,
  { ticket, node, from }: NewOpening,
): Promise<Opening["services"]> {
  const control = context.control(node);
  const addresses = await context.addresses();
  const [hops = []] = ticket.routes;
  const text = hops.map((hop) => addresses.format(hop)).join("");
  const options = { timeoutMs: openWaitMs + controlMarginMs, signal: context.signal };
  const wanted = { to: { hops, text }, authorized: [ticket.authority], waitMs: openWaitMs };
  const channel = (await control.call("secure-channel.create", wanted, options)) as {
    readonly address: string;
  };
  const worker = channel.address.replace(/^\/service\//, "");
  return Promise.all(
    shareOf(ticket).services.map(async ({ name, outlet }, index) => {
      const route = { hops: [worker, outlet], text: `${channel.address}/service/${outlet}` };
      const listen = from(index);
      const params = { alias: outlet, listen, routes: [route], waitMs: openWaitMs, ...inletWaits };
      const inlet = (await control.call("tcp-inlet.create", params, options)) as {
        readonly bind_addr: string;
      };
      return { name, address: inlet.bind_addr };
    }),
  );
}
