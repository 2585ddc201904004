import { isIP, isIPv6 } from "node:net";
import { CulvertError } from "@x/core";

/** A place on a network. */
export interface Where {
  /** IPv4 or IPv6 address without brackets, or a name. */
  readonly host: string;
  /** 0 to 65,535. */
  readonly port: number;
}

const shape = /^(?:\[([^[\]\s]+)\]|([^:[\]\s]+)):(\d{1,5})$/;
const hostName = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?$/;

/**
 * Reads `127.0.0.1:7000`, `[::1]:7000` or `example.org:7000`.
 *
 * @throws CulvertError ADDRESS_INVALID
 */
export function parseWhere(where: string): Where {
  const found = shape.exec(where);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535)
    throw invalid(where, 'a host and a port from 0 to 65535, as "host:port"');
  const [, bracketed, plain] = found;
  if (bracketed !== undefined) {
    if (!isIPv6(bracketed)) throw invalid(where, "an IPv6 address between the brackets");
    return { host: bracketed, port };
  }
  if (plain === undefined || !hostName.test(plain)) throw invalid(where, "an IPv4 address or a host name");
  return { host: plain, port };
}

/**
 * Reads a place that can be dialled, so one with a port.
 *
 * @throws CulvertError ADDRESS_INVALID
 */
export function parseTarget(where: string): Where {
  const target = parseWhere(where);
  if (target.port === 0) throw invalid(where, "a port from 1 to 65535");
  return target;
}

/** The text form of a place. IPv4 addresses that the system shows in IPv6 form are shown as IPv4. */
export function formatWhere(host: string, port: number): string {
  const plain = host.startsWith("::ffff:") && isIP(host.slice(7)) === 4 ? host.slice(7) : host;
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}

function invalid(where: string, expected: string): CulvertError {
  return new CulvertError(
    "ADDRESS_INVALID",
    `Cannot use ${JSON.stringify(String(where).slice(0, 300))}: expected ${expected}`,
  );
}
