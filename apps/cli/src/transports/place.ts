import { parseTransportHop, transportHop } from "@x/core";
import { CliError } from "../cli-error.js";
import type { Terminal } from "../output/terminal.js";
import { formatHostPort, type HostPort, isLoopback, parseHostPort } from "../syntax/host-port.js";
import { type AddressForm, type AddressSyntax, valuePath } from "../syntax/multi-address.js";

/** How to read a place. */
export interface PlaceOptions {
  /** What is read, for the error: `--to`. */
  readonly what?: string;
  /** Whether port 0 may be given. Default false. */
  readonly portZero?: boolean;
}

/**
 * Reads where to connect or listen: `host:port`, or a path or whatever the transport takes, or either as a step of a route, such
 * as `/ip4/10.0.0.1/tcp/7000`.
 *
 * @returns what the transport takes: `host:port`
 * @throws CliError USAGE_INVALID
 */
export function readPlace(
  { name, address }: AddressForm,
  text: string,
  addresses: AddressSyntax,
  options: PlaceOptions = {},
): string {
  const isValue = address !== "host-port";
  // A value may begin with a slash itself.
  const isStep = isValue ? new RegExp(`^/${name}/[^/]+$`).test(text) : text.startsWith("/");
  if (!isStep) return checkPlace({ name, address }, text, options);
  const [step, ...more] = addresses.parse(text);
  if (step?.kind === "address" && step.address.startsWith(`${name}#`) && more.length === 0) {
    return parseTransportHop(step.address).where;
  }
  throw new CliError("USAGE_INVALID", `Cannot use ${text}: it is no place of ${name}`, {
    hint: isValue
      ? `Give the place itself, or /${name}/<place> with %2F for each /`
      : `Give host:port, or /ip4/127.0.0.1/${name}/7000`,
  });
}

/**
 * Reads a place that is written by itself, as {@link readPlace} does.
 *
 * @throws CliError USAGE_INVALID
 */
export function checkPlace({ name, address }: AddressForm, text: string, options: PlaceOptions = {}): string {
  if (address === "host-port") return formatHostPort(parseHostPort(text, options));
  if (address === "url") authorityOf(text, options);
  return checkValue(name, text);
}

/** The same, but text that is no place comes back as it is: a worker's address, or one to be refused by the node. */
export function readPlaceOrName(form: AddressForm, text: string, addresses: AddressSyntax): string {
  if (/^\/(worker|service)\//.test(text)) return text;
  try {
    return readPlace(form, text, addresses);
  } catch {
    return text;
  }
}

/** Says whether others than this machine can connect to where something listens. What has no host is not known to be so. */
export function isOpen({ address }: AddressForm, where: string): boolean {
  return address !== "value" && !isLoopback(authorityOf(where, { portZero: true }).host);
}

/** The host and port of a place: what stands before a path. */
export function authorityOf(where: string, options: PlaceOptions = {}): HostPort {
  const [authority = ""] = where.split("/");
  // Without a port it is that of the transport, whichever it is.
  return parseHostPort(/:\d+$/.test(authority) ? authority : `${authority}:1`, options);
}

/** Where a listener is reached from its own machine: `/dnsaddr/localhost/tcp/7000`. */
export function localPath({ name, address }: AddressForm, where: string): string {
  if (address === "url") return valuePath(name, where.replace(/^(0\.0\.0\.0|\[::\]):/, "localhost:"));
  if (address === "value") return valuePath(name, where);
  return `/dnsaddr/localhost/${name}/${where.slice(where.lastIndexOf(":") + 1)}`;
}

/** Warns that others than this machine can connect to where something listens. */
export function warnOfOpen(terminal: Terminal, where: string, what: string): void {
  terminal.warn(
    `${what} listens on ${where} without protection: whoever reaches this machine can connect to it`,
  );
}

function checkValue(name: string, text: string): string {
  try {
    return parseTransportHop(transportHop(name, text)).where;
  } catch (cause) {
    throw new CliError(
      "USAGE_INVALID",
      `Cannot use ${JSON.stringify(text.slice(0, 80))}: it is no place of ${name}`,
      {
        cause,
      },
    );
  }
}
