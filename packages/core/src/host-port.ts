import { CulvertError } from "./error.js";
import { isIpv4, isIpv6, plainAddress } from "./ip-address.js";

/** A place on a network. */
export interface HostPort {
  /** An IPv4 address, an IPv6 address without brackets, or a host name. */
  readonly host: string;
  /** 0 to 65,535; 0 lets the system choose, for listeners. */
  readonly port: number;
}

/** How to read a place. */
export interface HostPortOptions {
  /** The host when none is given, as in `:80`. Default: one has to be given. */
  readonly defaultHost?: string;
  /** Smallest port. Default 0; 1 for a place to connect to. */
  readonly minPort?: number;
}

const shape = /^(?:\[([^[\]\s]+)\]|([^:[\]\s]*)):(\d{1,5})$/;
const labelShape = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const maxPort = 65_535;

/** RFC 1035, section 2.3.4, as text. */
const maxHostNameLength = 253;

/**
 * Reads ``host:port``: `127.0.0.1:80`, `localhost:80`, `[::1]:80`.
 *
 * @throws CulvertError ADDRESS_INVALID
 */
export function parseHostPort(text: string, options: HostPortOptions = {}): HostPort {
  const { defaultHost = "", minPort = 0 } = options;
  const found = shape.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port < minPort || port > maxPort)
    throw invalid(text, `a host and a port from ${minPort} to ${maxPort}, as "host:port"`);
  const [, bracketed, plain] = found;
  if (bracketed !== undefined) {
    if (!isIpv6(bracketed)) throw invalid(text, "an IPv6 address between the brackets");
    return { host: bracketed, port };
  }
  const host = plain || defaultHost;
  if (!isHostName(host)) throw invalid(text, "an IPv4 address or a host name");
  return { host, port };
}

/** Writes ``host:port``, with brackets where they are needed. IPv4 addresses in IPv6 form are written as IPv4. */
export function formatHostPort(host: string, port: number): string {
  const plain = plainAddress(host);
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** Says whether text is an IPv4 address or a host name: dotted labels of letters, digits, `-` and `_`. */
export function isHostName(text: string): boolean {
  if (isIpv4(text)) return true;
  if (text.length === 0 || text.length > maxHostNameLength) return false;
  const labels = text.replace(/\.$/, "").split(".");
  // A name whose last label is a number would be read as an IPv4 address by some systems (WHATWG URL, section 3.5).
  return labels.every((label) => labelShape.test(label)) && !/^\d+$/.test(labels[labels.length - 1] ?? "");
}

function invalid(text: unknown, expected: string): CulvertError {
  const shown = JSON.stringify(String(text).slice(0, 300));
  return new CulvertError("ADDRESS_INVALID", `Cannot use ${shown}: expected ${expected}`);
}
