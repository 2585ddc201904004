import { connect } from "node:net";
import { isCulvertError } from "@x/core";
import { failureFields } from "../runtime/runtime-log.js";
import { systemErrorCode } from "../state/system-error.js";
import { formatHostPort, type HostPort } from "../syntax/host-port.js";
import { authorityOf } from "../transports/place.js";
import type { TransportEntry } from "../transports/transport-entry.js";
import { probeTimeoutMs, visitMs } from "./limits.js";

/** Tries out what nodes have. */
export interface Probe {
  /**
   * Why nobody gets a connection at a listener of this machine; nothing when one does. It connects as a node does and says hello, so
   * that the other node has nothing to warn of. Behind an URL may stand a certificate that is for others: that something accepts
   * is enough there.
   */
  listener(transport: string, where: string): Promise<string | undefined>;
}

/** @param transports those there are; each is loaded when it is tried */
export function createProbe(transports: () => readonly TransportEntry[]): Probe {
  return {
    async listener(name, where) {
      const entry = transports().find(({ manifest }) => manifest.name === name);
      if (entry === undefined) return undefined;
      if (entry.manifest.address === "url") return streamFault(where);
      try {
        const transport = await entry.make({ onReport: () => {} });
        const place = entry.manifest.address === "host-port" ? reachable(where) : where;
        const connection = await transport.dial(place, { signal: AbortSignal.timeout(probeTimeoutMs) });
        await connection.close();
        return undefined;
      } catch (error) {
        const isSilent = isCulvertError(error) && error.code === "ABORTED";
        return isSilent ? `no answer within ${probeTimeoutMs} ms` : failureFields(error).reason;
      }
    },
  };
}

/** Why nothing accepts stream sockets at a place of this machine; nothing when something does. */
function streamFault(where: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...localPlace(where), timeout: probeTimeoutMs });
    const settle = (fault: string | undefined): void => {
      socket.destroy();
      resolve(fault);
    };
    socket.once("connect", () => settle(undefined));
    socket.once("timeout", () => settle(`no answer within ${probeTimeoutMs} ms`));
    socket.once("error", (error) => settle(systemErrorCode(error) ?? error.message));
  });
}

/** A listener on every interface is reached by the loopback one. */
function reachable(where: string): string {
  return formatHostPort(localPlace(where));
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
