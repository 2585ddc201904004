import { CulvertError } from "@x/core";

/** A place that TCP can listen on or dial. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const shape = /^(?:\[([^\]\s]+)\]|([^:[\]\s]*)):(\d{1,5})$/;
const maxPort = 65_535;

/**
 * Reads ``host:port``: `127.0.0.1:80`, `localhost:80`, `[::1]:80`. No host means 127.0.0.1.
 *
 * @throws CulvertError ADDRESS_INVALID
 */
export function parseHostPort(text: string): HostPort {
  const match = shape.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > maxPort) {
    throw new CulvertError("ADDRESS_INVALID", `Cannot use "${text.slice(0, 300)}": it is not host:port`);
  }
  return { host: match[1] ?? (match[2] || "127.0.0.1"), port };
}

/** Writes ``host:port``, with brackets where they are needed. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
