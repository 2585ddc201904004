import { CulvertError, formatHostPort, type HostPort } from "@x/core";
import { maxPortTries } from "../limits.js";
import { nameLookUps } from "./name-look-ups.js";
import { listenError, systemCode } from "./system-error.js";

/** Something that listens on one address. */
export interface Bound {
  readonly address: string;
  readonly port: number;
  /** Gives the address back. Safe to call twice. */
  close(): Promise<void>;
}

/** What listens on all addresses of a host. */
export interface BoundHost<Each extends Bound> {
  readonly all: readonly Each[];
  readonly port: number;
  /** Where it listens: the address, or the host as it was given if it has several. */
  readonly where: string;
}

/** What a machine without IPv6, or with a name that is not all its own, says to some of the addresses. */
const notHere: readonly string[] = ["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"];

/**
 * Listens on every address that a host stands for, all at one port; addresses that this machine does not have are left out
 * unless it has none of them. Port 0 becomes one that is free on all.
 *
 * @param bind listens on one address; rejects with a system error
 * @throws CulvertError LISTEN_ADDRESS_TAKEN, LISTEN_FAILED
 */
export async function listenOnHost<Each extends Bound>(
  { host, port }: HostPort,
  bind: (address: string, port: number) => Promise<Each>,
): Promise<BoundHost<Each>> {
  const where = formatHostPort(host, port);
  try {
    const addresses = await nameLookUps.addresses(host);
    const all = await bindAll(addresses, port, bind);
    const [first] = all as [Each];
    const name = all.length === 1 ? first.address : host;
    return { all, port: first.port, where: formatHostPort(name, first.port) };
  } catch (error) {
    throw listenError(error, where);
  }
}

/**
 * Listens on addresses at one port; those that this machine does not have are left out unless it has none of them.
 *
 * @throws the system's error
 */
export async function bindAll<Each extends Bound>(
  addresses: readonly string[],
  port: number,
  bind: (address: string, port: number) => Promise<Each>,
): Promise<readonly Each[]> {
  for (let tries = 1; ; tries++) {
    const bound: Each[] = [];
    let missing: unknown;
    try {
      for (const address of addresses) {
        try {
          bound.push(await bind(address, bound[0]?.port ?? port));
        } catch (error) {
          if (!notHere.includes(systemCode(error))) throw error;
          missing ??= error;
        }
      }
      if (bound.length > 0) return bound;
      throw missing ?? new CulvertError("LISTEN_FAILED", "Cannot listen: the host has no address");
    } catch (error) {
      await Promise.all(bound.map((each) => each.close()));
      // The port that the system chose for one address may be in use on the next.
      const isWorthIt = port === 0 && bound.length > 0 && systemCode(error) === "EADDRINUSE";
      if (!isWorthIt || tries >= maxPortTries) throw error;
    }
  }
}
