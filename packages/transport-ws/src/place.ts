import { CulvertError, isAddress, parseHostPort } from "@x/core";

/** The two transports: plain, and over TLS. */
export type Scheme = "ws" | "wss";

/** A place, read. */
export interface Place {
  readonly scheme: Scheme;
  /** As it was written. */
  readonly where: string;
  readonly host: string;
  readonly port: number;
  /** Path and query: `/`. */
  readonly path: string;
  readonly url: URL;
}

/** What URLs leave out. */
const defaultPorts: Readonly<Record<Scheme, number>> = { ws: 80, wss: 443 };

/**
 * Reads ``host[:port][/path]``: a URL without its scheme. Port 80, or 443 over TLS, may be left out.
 *
 * @param minPort smallest port: 1 for a place to connect to
 * @throws CulvertError ADDRESS_INVALID
 */
export function parsePlace(scheme: Scheme, where: string, minPort: 0 | 1): Place {
  if (typeof where !== "string" || where.includes("#") || !isAddress(`${scheme}#${where}`))
    throw invalid(where);
  const slash = where.indexOf("/");
  const authority = slash === -1 ? where : where.slice(0, slash);
  const hasPort = /:\d+$/.test(authority);
  const { host, port } = parseHostPort(hasPort ? authority : `${authority}:${defaultPorts[scheme]}`, {
    minPort,
  });
  try {
    const url = new URL(`${scheme}://${where}`);
    return { scheme, where, host, port, path: url.pathname + url.search, url };
  } catch {
    throw invalid(where);
  }
}

function invalid(where: unknown): CulvertError {
  const shown = JSON.stringify(String(where).slice(0, 300));
  return new CulvertError(
    "ADDRESS_INVALID",
    `Cannot use ${shown}: a place is host, host:port or host:port/path`,
  );
}
