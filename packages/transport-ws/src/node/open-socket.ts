import { connect, isIP, type Socket } from "node:net";
import { connect as secure } from "node:tls";
import { CulvertError, cleanPeerText, formatHostPort, isCulvertError } from "@x/core";
import { dialError, dialHost, systemCode, untilConnected } from "@x/transport-kit/node";
import { WebSocket } from "ws";
import { subProtocol } from "../limits.js";
import type { Place } from "../place.js";
import type { WsSettings } from "../settings.js";
import { untilOpen } from "../until-open.js";
import { WebSocketWire } from "../web-socket-wire.js";
import { proxyFor, tunnel } from "./proxy.js";

/**
 * Opens a WebSocket, through a proxy if there is one.
 *
 * @throws CulvertError NAME_UNRESOLVED, CONNECTION_REFUSED, CONNECTION_TIMED_OUT, HANDSHAKE_FAILED, TRANSPORT_FAILED; the reason of the signal
 */
export async function openSocket(
  place: Place,
  settings: WsSettings,
  signal: AbortSignal,
): Promise<WebSocketWire> {
  const proxy = proxyFor(place, settings);
  const reached = await reach(proxy ?? place, place.where, signal);
  const plain = proxy === undefined ? reached : await tunnel(reached, proxy, place, signal);
  const localWhere = formatHostPort(plain.localAddress ?? "", plain.localPort ?? 0);
  const socket = place.scheme === "wss" ? secured(plain, place, settings) : plain;
  const webSocket = new WebSocket(place.url, subProtocol, {
    createConnection: () => socket,
    maxPayload: settings.maxFrameBytes + 1,
    perMessageDeflate: false,
  });
  let failure: CulvertError | undefined;
  webSocket.on("error", (error) => {
    failure ??= failureOf(error, place.where);
  });
  webSocket.on("unexpected-response", (_, { statusCode = 0 }) => {
    failure = answered(place.where, statusCode);
    webSocket.terminate();
  });
  const names = { localWhere, remoteWhere: place.where, source: place.host };
  const wire = new WebSocketWire(webSocket, { ...names, readBytes: () => socket.bytesRead });
  return untilOpen(webSocket, wire, signal, () => failure);
}

/** A TCP connection to a host, by all its addresses. */
function reach(
  { host, port }: { readonly host: string; readonly port: number },
  where: string,
  signal: AbortSignal,
): Promise<Socket> {
  return dialHost(host, {
    signal,
    attempt: async (address, given) => {
      const socket = connect({ host: address, port, noDelay: true });
      await untilConnected(socket, where, given);
      return socket;
    },
    discard: (socket) => socket.destroy(),
  });
}

function secured(socket: Socket, { host }: Place, { tls: { ca } }: WsSettings): Socket {
  return secure({
    socket,
    // An address is no name of a server (RFC 6066, section 3), but is looked for in its certificate.
    ...(isIP(host) === 0 ? { servername: host } : { host }),
    ALPNProtocols: ["http/1.1"],
    ...(ca === undefined ? {} : { ca }),
  });
}

function failureOf(error: Error & { readonly reason?: string }, where: string): CulvertError {
  // What TLS says is no word of the system, though one looks like it.
  const isSystems = /^E[A-Z]+$/.test(systemCode(error)) && systemCode(error) !== "EPROTO";
  if (isSystems || isCulvertError(error)) return dialError(error, where);
  const reason = cleanPeerText(error.reason ?? error.message);
  return new CulvertError("HANDSHAKE_FAILED", `Cannot connect to ${where}: ${reason}`, { cause: error });
}

function answered(where: string, status: number): CulvertError {
  // A proxy in front is there, and its node is not.
  const code = status >= 502 && status <= 504 ? "CONNECTION_REFUSED" : "HANDSHAKE_FAILED";
  const message = `Cannot connect to ${where}: the server answered ${status} and opened no WebSocket of Culvert`;
  return new CulvertError(code, message);
}
