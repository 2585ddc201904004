import { connect } from "node:net";
import { systemErrorCode } from "../state/system-error.js";
import { parseHostPort } from "../syntax/host-port.js";
import { probeTimeoutMs } from "./limits.js";

/** Why nothing accepts TCP connections at a place of this machine; nothing when something does. */
export function tcpFault(where: string): Promise<string | undefined> {
  const { host, port } = parseHostPort(where);
  return new Promise((resolve) => {
    const socket = connect({ host: reachable(host), port, timeout: probeTimeoutMs });
    const settle = (fault: string | undefined): void => {
      socket.destroy();
      resolve(fault);
    };
    socket.once("connect", () => settle(undefined));
    socket.once("timeout", () => settle(`no answer within ${probeTimeoutMs} ms`));
    socket.once("error", (error) => settle(systemErrorCode(error) ?? error.message));
  });
}

/** Why a node's HTTP server does not say that it lives; nothing when it does. */
export async function httpFault(where: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(probeTimeoutMs);
    const { status } = await fetch(`http://${where}/`, { method: "HEAD", signal });
    return status === 200 ? undefined : `it answers ${status}`;
  } catch (error) {
    const cause: unknown = error instanceof Error ? error.cause : undefined;
    return systemErrorCode(cause) ?? `no answer within ${probeTimeoutMs} ms`;
  }
}

/** A listener on every interface is reached by the loopback one. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
