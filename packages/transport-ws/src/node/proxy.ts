import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { CulvertError, formatHostPort, type HostPort, isIpv4 } from "@x/core";
import { untilAborted } from "@x/transport-kit";
import { dialError } from "@x/transport-kit/node";
import { getProxyForUrl } from "proxy-from-env";
import type { Place } from "../place.js";
import type { WsSettings } from "../settings.js";

/** An HTTP proxy to dial through. */
export interface Proxy extends HostPort {
  /** The header `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

/**
 * The proxy for a place by the options, or by the environment.
 *
 * @throws CulvertError TRANSPORT_FAILED
 */
export function proxyFor(place: Place, { proxy }: WsSettings): Proxy | undefined {
  const text = proxy === undefined ? fromEnvironment(place) : proxy || "";
  if (text === "") return undefined;
  if (!URL.canParse(text) || !text.startsWith("http://")) {
    const message = `Cannot connect to ${place.where}: the proxy that the environment names has no URL that begins with http://`;
    throw new CulvertError("TRANSPORT_FAILED", message);
  }
  const url = new URL(text);
  const { username, password, hostname, port } = url;
  const account = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 80),
    authorization: username === "" ? undefined : `Basic ${Buffer.from(account).toString("base64")}`,
  };
}

/**
 * Asks a proxy for a way through (RFC 9110, section 9.3.6).
 *
 * @param socket a connection to the proxy; it is closed when that fails
 * @throws CulvertError CONNECTION_REFUSED, TRANSPORT_FAILED, HANDSHAKE_FAILED; the reason of the signal
 */
export async function tunnel(
  socket: Socket,
  { authorization }: Proxy,
  place: Place,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = formatHostPort(place.host, place.port);
  const headers = {
    host: authority,
    ...(authorization === undefined ? {} : { "proxy-authorization": authorization }),
  };
  const request = httpRequest({
    method: "CONNECT",
    path: authority,
    headers,
    createConnection: () => socket,
  });
  try {
    const answer = once(request.end(), "connect") as Promise<[IncomingMessage, Socket, Buffer]>;
    const [{ statusCode = 0 }, , head] = await untilAborted(answer, signal);
    if (statusCode < 200 || statusCode > 299) throw refused(place.where, statusCode);
    if (head.length > 0) socket.unshift(head);
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : dialError(error, place.where);
  }
}

function fromEnvironment({ scheme, host, port }: Place): string {
  // What others mean by this machine is another one.
  if (host === "localhost" || host === "::1" || (isIpv4(host) && host.startsWith("127."))) return "";
  const asked = scheme === "wss" ? "https" : "http";
  const found = getProxyForUrl(`${asked}://${formatHostPort(host, port)}`);
  // What does not stand there as it is was named without a scheme, and given that of the URL.
  return Object.values(process.env).includes(found) ? found : found.replace(/^https?:/, "http:");
}

function refused(where: string, status: number): CulvertError {
  // The proxy looked for the place itself.
  const code = status >= 502 && status <= 504 ? "CONNECTION_REFUSED" : "TRANSPORT_FAILED";
  return new CulvertError(code, `Cannot connect to ${where}: the proxy on the way answered ${status}`);
}
