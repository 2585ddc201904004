import { parseTransportHop } from "@x/core";
import { CliError } from "../../cli-error.js";
import { formatHostPort, parseHostPort } from "../../syntax/host-port.js";
import { parseMultiAddress } from "../../syntax/multi-address.js";

/**
 * Reads where to connect or listen: `host:port`, or `/ip4/…/tcp/…` of the same transport.
 *
 * @returns `host:port`
 * @throws CliError USAGE_INVALID
 */
export function readPlace(transport: string, text: string, portZero = false): string {
  if (!text.startsWith("/")) return formatHostPort(parseHostPort(text, { portZero }));
  const [step, ...more] = parseMultiAddress(text);
  if (step?.kind === "address" && step.address.startsWith(`${transport}#`) && more.length === 0) {
    return parseTransportHop(step.address).where;
  }
  throw new CliError("USAGE_INVALID", `Cannot use ${text}: it is no place of ${transport}`, {
    hint: `Give host:port, or /ip4/127.0.0.1/${transport}/7000`,
  });
}

/** The same, but text that is no place comes back as it is: a worker's address, or one to be refused by the node. */
export function readPlaceOrName(transport: string, text: string): string {
  if (/^\/(worker|service)\//.test(text)) return text;
  try {
    return readPlace(transport, text);
  } catch {
    return text;
  }
}
