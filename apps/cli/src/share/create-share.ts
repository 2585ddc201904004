import { CulvertError, type ErrorCode, isErrorCode, type Route } from "@x/core";
import { defaultCredentialMs, maxSharedServices } from "../authority/limits.js";
import { CliError } from "../cli-error.js";
import type { CommandContext } from "../framework/context.js";
import { createNode } from "../node-process/create-node.js";
import type { RouteParam } from "../registry/schemas.js";
import { readRoute } from "../resources/options/route-reading.js";
import type { NodePurpose, NodeSettings } from "../state/node-files.js";
import { formatHostPort, parseHostPort } from "../syntax/host-port.js";
import { isName } from "../syntax/names.js";
import { channelListenerAddress } from "../syntax/secure-hop.js";
import { warningAbout } from "./known-services.js";
import { endPurposeNode } from "./purpose-nodes.js";

/** A service of this machine that is shared. */
export interface SharedService {
  /** `127.0.0.1:3000` */
  readonly target: string;
  /** The address of its outlet. */
  readonly outlet: string;
}

/**
 * Reads what is to be shared.
 *
 * @throws CliError USAGE_INVALID
 */
export async function readServices(texts: readonly string[]): Promise<readonly SharedService[]> {
  if (texts.length === 0) {
    throw new CliError("USAGE_INVALID", "Cannot share nothing: give a port", {
      hint: "Give a port of this machine, such as `culvert share 3000`",
    });
  }
  if (texts.length > maxSharedServices)
    throw new CliError("USAGE_INVALID", `Cannot share more than ${maxSharedServices} ports by one ticket`);
  const targets = [...new Set(texts.map((text) => formatHostPort(parseHostPort(text))))];
  return targets.map((target, index) => ({ target, outlet: `service-${index + 1}` }));
}

/**
 * Reads where a share is relayed: a node of this home, a place, or a route.
 *
 * @throws CliError USAGE_INVALID, NODE_NOT_FOUND
 */
export async function readVia(context: CommandContext, text: string | undefined): Promise<RouteParam> {
  if (text === undefined) {
    throw new CliError("USAGE_INVALID", "Cannot share without a relay", {
      hint: "Give --via relay.example.org:7000, or set CULVERT_RELAY; any node that both machines reach is one",
    });
  }
  if (text.startsWith("/")) return readRoute(context, text);
  if (isName(text) && context.nodes.has(text)) return readRoute(context, `/node/${text}`);
  const { transportHop } = await import("@x/core");
  const place = formatHostPort(parseHostPort(text, { what: "--via" }));
  return { hops: [transportHop("tcp", place)], text };
}

/** What to share, and how. */
export interface NewShare {
  readonly name: string;
  /** The name of its node. */
  readonly node: string;
  readonly services: readonly SharedService[];
  readonly via: RouteParam;
  readonly relayName: string;
  /** How many may open it. */
  readonly usageCount: number;
  readonly lifetimeMs: number;
  readonly endsWithCommand: boolean;
}

/** What came of it. */
export interface CreatedShare {
  readonly ticket: string;
  readonly endsAtMs: number;
  readonly node: { readonly name: string };
  readonly settings: NodeSettings;
  readonly purpose: NodePurpose;
}

/** The attribute that a ticket gives whoever opens it. */
const shareAttribute = "share";

/** Longest wait for the relay, in milliseconds. 5,000: longer than a healthy path takes. */
const relayWaitMs = 5000;

/** What commands wait for the node beyond that, in milliseconds. */
const controlMarginMs = 10_000;

/**
 * Makes the node of a share, with an identity of its own, which admits those who have the ticket and nobody else. It opens no port.
 *
 * @throws what creating the node throws, and what keeps the relay from being up; nothing is left of it then
 */
export async function createShare(context: CommandContext, share: NewShare): Promise<CreatedShare> {
  const { name, node, services, lifetimeMs, usageCount, via, endsWithCommand } = share;
  await warn(context, services);
  const endsAtMs = Date.now() + lifetimeMs;
  const purpose = { kind: "share", name } as const;
  const settings = {
    identity: node,
    issuing: { credentialMs: Math.min(defaultCredentialMs, Math.max(1000, lifetimeMs)), trusted: {} },
    endsAtMs,
    purpose,
    listeners: {},
  };
  const made = { node: { name: node }, settings: { ...settings, createdAt: Date.now() }, purpose, endsAtMs };
  await createNode(context, { name: node, ...settings, endsWithCommand });
  try {
    await guard(context, share);
    await offer(context, share);
    const control = context.control(node);
    const routes: readonly Route[] = [[...via.hops, `forward_to_${share.relayName}`, channelListenerAddress]];
    const attributes = { [shareAttribute]: name };
    const given = { attributes, usageCount, lifetimeMs, routes };
    const { authority, secret } = await control.call("ticket.create", given);
    const { Ticket } = await import("../authority/ticket.js");
    const told = services.map(({ target, outlet }) => ({ name: target, outlet }));
    const ticket = new Ticket(authority, routes, secret, { name, endsAtMs, services: told }).text();
    return { ...made, ticket };
  } catch (error) {
    await endPurposeNode(context, made);
    throw error;
  }
}

async function warn({ terminal }: CommandContext, services: readonly SharedService[]): Promise<void> {
  for (const { target } of services) {
    const { host, port } = parseHostPort(target);
    const means = await warningAbout(host, port);
    if (means !== undefined) terminal.warn(`Look at ${target} once more, ${means}`);
  }
}

/** Whoever comes by the relay may ask for a credential, if he has the ticket, and use nothing else. */
async function guard(context: CommandContext, { name, node }: NewShare): Promise<void> {
  const control = context.control(node);
  const members = `(= subject.${shareAttribute} "${name}")`;
  const anybody = '(not (= subject.identifier ""))';
  await control.call("policy.create", { resource: "authority", expression: anybody });
  for (const resourceType of ["service", "tcp-outlet", "relay"])
    await control.call("policy.create", { resourceType, expression: members });
}

async function offer(context: CommandContext, { node, services, via, relayName }: NewShare): Promise<void> {
  const control = context.control(node);
  for (const { target, outlet } of services)
    await control.call("tcp-outlet.create", { to: target, address: outlet });
  const { signal } = context;
  const options = { timeoutMs: relayWaitMs + controlMarginMs, signal };
  const wanted = { name: relayName, at: via, waitMs: relayWaitMs };
  const relay = (await control.call("relay.create", wanted, options)) as {
    readonly connection_status: string;
    readonly last_failure: string | null;
  };
  if (relay.connection_status === "Up") return;
  const why = relay.last_failure ?? "TIMED_OUT: no answer";
  const code: string = /^([A-Z_]+): /.exec(why)?.[1] ?? "";
  const reason = `Cannot share by way of ${via.text}: ${why.replace(/^[A-Z_]+: /, "")}`;
  throw new CulvertError(isErrorCode(code) ? code : ("CONNECTION_DOWN" satisfies ErrorCode), reason);
}
