import { Renewals } from "../authority/renewals.js";
import type { Ticket } from "../authority/ticket.js";
import { CliError } from "../cli-error.js";
import type { CommandContext } from "../framework/context.js";
import type { LazyRegistry } from "../registry/registry.js";
import { createNodeRuntime, type NodeRuntime } from "../runtime/node-runtime.js";
import { waitUntil } from "../runtime/routes/wait-until.js";
import { silentLog } from "../runtime/runtime-log.js";
import { homeIdentitySource } from "../runtime/trust/home-identity-source.js";
import { joinShare } from "./join-share.js";
import { shareOf } from "./open-share.js";

/** A node within a command that reaches a share, and the route to what is shared. */
export interface ShareWay extends AsyncDisposable {
  readonly runtime: NodeRuntime;
  readonly route: readonly string[];
}

/**
 * Joins a share, and opens a channel to it within the command. The credential is renewed as long as that lasts.
 *
 * @param service which of the services; the only one when left out
 * @throws CliError USAGE_INVALID, RESOURCE_NOT_FOUND; what joining throws; CulvertError why the channel does not open
 */
export async function wayToShare(
  context: CommandContext,
  registry: LazyRegistry,
  {
    ticket,
    service,
    timeoutMs,
  }: { readonly ticket: Ticket; readonly service?: string; readonly timeoutMs: number },
): Promise<ShareWay> {
  const outlet = outletOf(ticket, service);
  const name = "temporary";
  const scope = `pipe-${ticket.authority.slice(1, 17)}`;
  const { identity } = await joinShare(context, registry, { ticket, scope });
  const home = await context.identities();
  const runtime = await createNodeRuntime({
    name,
    registry: await registry(),
    trust: { identities: homeIdentitySource(home, name), identity, scope },
    channelListener: false,
  });
  const onRenewed = (): void => runtime.context.channels.renew();
  const renewals = new Renewals({ node: runtime.node, home, identity, scope, log: silentLog, onRenewed });
  const close = async (): Promise<void> => {
    await renewals.close();
    await runtime.close();
    await home.memberships.remove(scope);
  };
  try {
    const { shared, channels } = runtime.context;
    const given = ticket.routes[0] ?? [];
    const { signal } = context;
    const held = await shared.hold(given, { settleMs: timeoutMs, signal });
    const { channel } = await channels.keep({ route: held.route, given, authorized: [ticket.authority] });
    const isSettled = (): boolean => channel.state === "up" || channel.lastFailure !== undefined;
    await waitUntil(isSettled, timeoutMs, signal);
    if (channel.state !== "up" && channel.lastFailure !== undefined) throw channel.lastFailure;
    return { runtime, route: [channel.address, outlet], [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

function outletOf(ticket: Ticket, service: string | undefined): string {
  const { services } = shareOf(ticket);
  const names = services.map(({ name }) => name);
  if (service === undefined && services.length > 1) {
    throw new CliError("USAGE_INVALID", `Cannot choose among ${names.join(", ")}`, {
      hint: "Give --service",
    });
  }
  const found = service === undefined ? services[0] : services.find(({ name }) => name === service);
  if (found !== undefined) return found.outlet;
  throw new CliError("RESOURCE_NOT_FOUND", `Cannot find ${JSON.stringify(service)}: not found in the share`, {
    hint: `There are: ${names.join(", ")}`,
  });
}
