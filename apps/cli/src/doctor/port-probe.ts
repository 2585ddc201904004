import { connect } from "node:net";
import { systemErrorCode } from "../state/system-error.js";
import type { HostPort } from "../syntax/host-port.js";
import type { AddressForm } from "../syntax/multi-address.js";
import { authorityOf } from "../transports/place.js";
import { probeTimeoutMs, visitMs } from "./limits.js";

/** Why nothing accepts stream sockets at a place of this machine; nothing when something does. */
export function streamFault({ address }: AddressForm, where: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const place = address === "value" ? { path: where } : localPlace(where);
    const socket = connect({ ...place, timeout: probeTimeoutMs });
    const settle = (fault: string | undefined): void => {
      socket.destroy();
      resolve(fault);
    };
    socket.once("connect", () => settle(undefined));
    socket.once("timeout", () => settle(`no answer within ${probeTimeoutMs} ms`));
    socket.once("error", (error) => settle(systemErrorCode(error) ?? error.message));
  });
}

/**
 * What goes wrong for a visitor of an inlet of this machine; nothing when the visitor gets an answer, or is not turned away for a
 * while. The inlet alone cannot tell: it knows its outlet, and not what the outlet's target does.
 */
export function visitFault(where: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...localPlace(where), timeout: visitMs });
    const settle = (fault: string | undefined): void => {
      socket.destroy();
      resolve(fault);
    };
    socket.once("data", () => settle(undefined)).once("end", () => settle(undefined));
    socket.once("timeout", () => settle(undefined));
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
function localPlace(where: string): HostPort {
  const { host, port } = authorityOf(where);
  if (host === "0.0.0.0") return { host: "127.0.0.1", port };
  return { host: host === "::" ? "::1" : host, port };
}
