import { lookup } from "node:dns/promises";
import { type Connection, CulvertError, type DialOptions } from "@x/core";
import { type Attempt, dialAddress } from "./dial-address.js";
import { maxAddressesTried } from "./limits.js";
import { systemError } from "./system-error.js";
import { parseTarget } from "./where.js";
import type { WireContext } from "./wire-context.js";

/** Opens a connection to `host:port`. See `Transport.dial`. */
export async function dialUdp(
  where: string,
  options: DialOptions,
  context: WireContext,
): Promise<Connection> {
  const { host, port } = parseTarget(where);
  const { dialTimeoutMs } = context.settings;
  const limit = new AbortController();
  const giveUp = (): void => limit.abort(aborted(where));
  const timer = setTimeout(() => limit.abort(timedOut(where, dialTimeoutMs)), dialTimeoutMs);
  options.signal?.addEventListener("abort", giveUp);
  try {
    if (options.signal?.aborted) throw aborted(where);
    const addresses = await untilAborted(resolveName(host, where), limit.signal);
    return await dialFirst(addresses, { where, port, signal: limit.signal, context });
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", giveUp);
  }
}

/** Tries the addresses of a name one after the other. */
async function dialFirst(
  addresses: readonly string[],
  attempt: Omit<Attempt, "address" | "patienceMs">,
): Promise<Connection> {
  const patienceMs = attempt.context.settings.dialTimeoutMs / addresses.length;
  let failure: unknown;
  for (const address of addresses) {
    try {
      return await dialAddress({ ...attempt, address, patienceMs });
    } catch (error) {
      failure ??= error;
      attempt.signal.throwIfAborted();
    }
  }
  throw failure;
}

async function resolveName(host: string, where: string): Promise<string[]> {
  try {
    const found = await lookup(host, { all: true });
    return found.slice(0, maxAddressesTried).map(({ address }) => address);
  } catch (error) {
    throw systemError(error, `connect to ${where}`);
  }
}

/** A name look-up cannot be stopped, but nobody has to wait for it. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => {};
  const given = new Promise<never>((_, reject) => {
    onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([work, given]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function aborted(where: string): CulvertError {
  return new CulvertError("ABORTED", `Cannot connect to ${where}: the attempt was given up`);
}

function timedOut(where: string, limitMs: number): CulvertError {
  return new CulvertError(
    "CONNECTION_TIMED_OUT",
    `Cannot connect to ${where}: no answer within ${limitMs} ms`,
  );
}
