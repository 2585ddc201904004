import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { formatHostPort } from "@x/core";
import { subProtocol } from "../limits.js";
import type { Place } from "../place.js";
import type { WsSettings } from "../settings.js";

/** The address of whoever wants a WebSocket: what the outermost proxy that is trusted saw. */
export function addressOf({ socket, headers }: IncomingMessage, trustedProxies: number): string {
  const own = socket.remoteAddress ?? "";
  if (trustedProxies === 0) return own;
  const seen = String(headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((text) => text.trim());
  const address = seen.at(-trustedProxies) ?? seen[0] ?? "";
  return isIP(address) === 0 ? own : address;
}

/** The HTTP status by which a request for a WebSocket is refused; nothing when it is not. */
export function refusalOf(
  { url, headers }: IncomingMessage,
  { path }: Place,
  settings: WsSettings,
): number | undefined {
  if (url !== path) return 404;
  if (!isWelcome(headers, settings)) return 403;
  const protocols = headers["sec-websocket-protocol"]?.split(",") ?? [];
  return protocols.some((text) => text.trim() === subProtocol) ? undefined : 400;
}

/**
 * Browsers let any page open a WebSocket to any host, and say which page it is. A page of the same host is welcome, unless that
 * may be a name which somebody else leads here (DNS rebinding): behind a proxy the host is checked, and an address is no name.
 */
function isWelcome(
  { origin, host }: IncomingMessage["headers"],
  { origins, trustedProxies }: WsSettings,
): boolean {
  if (origin === undefined) return true;
  if (origins !== undefined) return origins.includes(origin);
  const isOwn = origin === `http://${host}` || origin === `https://${host}`;
  return isOwn && (trustedProxies > 0 || isAddress(host ?? ""));
}

function isAddress(host: string): boolean {
  const name = host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  return name === "localhost" || isIP(name) !== 0;
}

/** Where a visitor is, as it is shown: its address, and the port it came by. */
export function whereOf(request: IncomingMessage, address: string): string {
  return formatHostPort(address, request.socket.remotePort ?? 0);
}
