import { type Address, CulvertError, isCulvertError } from "@x/core";
import type { CommandContext } from "../../framework/context.js";
import type { RouteParam } from "../../registry/schemas.js";
import type { AddressSyntax, RouteStep } from "../../syntax/multi-address.js";

/** A failure on a route that the user gave, with what to try. */
export class RouteFailure extends CulvertError {
  readonly hint: string | undefined;

  constructor(error: CulvertError, where: string, hint: string | undefined) {
    super(error.code, `${error.message} ${where}`, { hop: error.hop ?? "", cause: error });
    this.hint = hint;
  }
}

/** What a route was used for. */
export interface RouteUse {
  readonly route: RouteParam;
  /** The node that it begins at; nothing for one inside the command. */
  readonly from: string | undefined;
}

/**
 * Tells where on a route a hop was not found, and how to find out more: the node that refused knows the hop alone. Any other error
 * comes back as it is.
 */
export async function explainRouteFailure(
  error: unknown,
  context: CommandContext,
  { route: { hops, text }, from }: RouteUse,
): Promise<unknown> {
  if (!isCulvertError(error) || error.code !== "WORKER_NOT_FOUND") return error;
  // Of a failure that crossed a stream the text alone is left.
  const index = hops.findIndex((hop) => hop === error.hop || error.message.includes(`"${hop}"`));
  if (index === -1) return error;
  const addresses = await context.addresses();
  const steps = addresses.parse(text).slice(-hops.length);
  const before = steps.slice(0, index).map((step, place) => formatStep(step, hops[place] ?? "", addresses));
  const hint = `See where the route ends with \`culvert route trace ${text}${from === undefined ? "" : ` --from ${from}`}\``;
  return new RouteFailure(error, placeOf(before, from), hint);
}

function placeOf(before: readonly string[], from: string | undefined): string {
  const [last = ""] = before.slice(-1);
  if (before.length === 0) return from === undefined ? "in the command" : `on node ${from}`;
  return before.length === 1 && last.startsWith("/node/")
    ? `on node ${last.slice("/node/".length)}`
    : `behind ${before.join("")}`;
}

function formatStep(step: RouteStep, hop: Address, addresses: AddressSyntax): string {
  return step.kind === "node" ? `/node/${step.name}` : addresses.format(hop);
}
