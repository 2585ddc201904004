import { isIPv4, isIPv6 } from "node:net";
import { CliError } from "../cli-error.js";
import { maxHostLength, maxLabelLength, maxPort } from "./limits.js";

/** A place to connect to or to listen on. */
export interface HostPort {
  /** An IPv4 address, an IPv6 address without brackets, or a host name. */
  readonly host: string;
  /** 0 to 65,535; 0 lets the system choose, for listeners. */
  readonly port: number;
}

/** How to read a host and port. */
export interface HostPortOptions {
  /** What is read, for the error: `--to`. */
  readonly what?: string;
  /** Whether port 0 may be given. Default false: nothing can connect to it. */
  readonly portZero?: boolean;
}

const defaultHost = "127.0.0.1";
const shape = /^(?:(?:\[(?<v6>[^\]]*)\]|(?<name>[^:[\]]*)):)?(?<port>\d{1,5})$/;
const labelShape = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/i;

/**
 * Reads `host:port`, `[v6]:port`, `:port` or `port`. Without a host it is 127.0.0.1.
 *
 * @throws CliError USAGE_INVALID
 */
export function parseHostPort(text: string, options: HostPortOptions = {}): HostPort {
  const parts = shape.exec(text)?.groups;
  const port = Number(parts?.port);
  const problem = parts === undefined ? "it is not of the form host:port" : portProblem(port, options);
  if (problem !== undefined) throw refuse(text, problem, options);
  const host = parts?.v6 ?? (parts?.name || defaultHost);
  const valid = parts?.v6 === undefined ? isHostName(host) : isIPv6(host);
  if (!valid) throw refuse(text, `"${host}" is no host name or IP address`, options);
  return { host, port };
}

/** Says whether text is a host and a port, such as `127.0.0.1:7000`. A port alone may be a name, too. */
export function isHostPort(text: string): boolean {
  // A step of a route may end in a port, too: `/ws/127.0.0.1:7000`.
  const parts = text.includes("/") ? undefined : shape.exec(text)?.groups;
  return parts?.v6 !== undefined || parts?.name !== undefined;
}

/** The error for a host and port where something else is wanted. */
export function placeInstead(
  text: string,
  { what, wanted, hint }: { readonly what: string; readonly wanted: string; readonly hint: string },
): CliError {
  const reason = `Cannot use ${what} ${JSON.stringify(text.slice(0, 80))}: it is a host and port, and not ${wanted}`;
  return new CliError("USAGE_INVALID", reason, { hint });
}

/** Writes a place as `host:port`, with brackets around IPv6. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Says whether a host is an address of this machine that others cannot reach. A name other than `localhost` is not. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith("127.");
  return host === "::1" || host.toLowerCase() === "localhost";
}

/** Says whether text is an IPv4 address or a host name: dotted labels of letters, digits, `-` and `_`. */
export function isHostName(text: string): boolean {
  if (isIPv4(text)) return true;
  if (text.length === 0 || text.length > maxHostLength) return false;
  const labels = text.split(".");
  // A name whose last label is a number would be read as an IPv4 address by some systems (WHATWG URL, section 3.5).
  if (/^\d+$/.test(labels.at(-1) ?? "")) return false;
  return labels.every((label) => label.length <= maxLabelLength && labelShape.test(label));
}

function portProblem(port: number, options: HostPortOptions): string | undefined {
  if (port > maxPort) return `port ${port} is above ${maxPort}`;
  return port === 0 && options.portZero !== true ? "port 0 cannot be connected to" : undefined;
}

function refuse(text: string, problem: string, { what = "address" }: HostPortOptions): CliError {
  return new CliError("USAGE_INVALID", `Cannot use ${what} ${JSON.stringify(text)}: ${problem}`, {
    hint: "Give a host and port such as 127.0.0.1:7000, localhost:80, [::1]:80, or a port alone",
  });
}
