import { CulvertError, isCulvertError, isIpv6 } from "@x/core";
import { attemptDelayMs, maxAddressesTried } from "../limits.js";

/** How to try addresses. */
export interface AddressRace<Result> {
  /** Tries one address. Rejects when its signal is aborted, and listens to it no more when it is done. */
  readonly attempt: (address: string, signal: AbortSignal) => Promise<Result>;
  /** Gets rid of what came too late. */
  readonly discard: (result: Result) => void;
  /** Ends all attempts with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Tries addresses of a name until one answers (RFC 8305, section 5): one after the other, each {@link attemptDelayMs} after the
 * one before, or at once when that failed. The first to answer wins and the others are given up.
 *
 * @throws CulvertError the reason of the signal; when all failed, the failure that tells most
 */
export function raceAddresses<Result>(
  addresses: readonly string[],
  { attempt, discard, signal }: AddressRace<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const losers = new AbortController();
    const failures: unknown[] = [];
    let timer: NodeJS.Timeout | undefined;
    let next = 0;
    let isOver = false;
    const end = (): void => {
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      losers.abort(signal.reason);
    };
    const onAbort = (): void => {
      end();
      reject(signal.reason);
    };
    const onResult = (result: Result): void => {
      if (isOver) {
        discard(result);
        return;
      }
      end();
      resolve(result);
    };
    const onFailure = (error: unknown): void => {
      if (isOver) return;
      failures.push(error);
      if (failures.length < addresses.length) {
        begin();
        return;
      }
      end();
      reject(mostTelling(failures));
    };
    const begin = (): void => {
      clearTimeout(timer);
      const address = addresses[next++];
      if (address === undefined) return;
      timer = setTimeout(begin, attemptDelayMs);
      attempt(address, losers.signal).then(onResult, onFailure);
    };
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    else if (addresses.length > 0) begin();
    else onFailure(new CulvertError("NAME_UNRESOLVED", "Cannot connect: the name has no address"));
  });
}

/** Addresses in the order of the system, IPv6 and IPv4 by turns (RFC 8305, section 4), and not more than are worth a try. */
export function interleaveFamilies(addresses: readonly string[]): readonly string[] {
  const isFirstFamily = (address: string): boolean => isIpv6(address) === isIpv6(addresses[0] as string);
  const first = addresses.filter(isFirstFamily);
  const second = addresses.filter((address) => !isFirstFamily(address));
  const turns = first.flatMap((address, i) => [address, ...second.slice(i, i + 1)]);
  return [...turns, ...second.slice(first.length)].slice(0, maxAddressesTried);
}

/** A host that answers says more than a network that is not there. */
function mostTelling(failures: readonly unknown[]): unknown {
  const told = failures.find((error) => isCulvertError(error) && error.code !== "CONNECTION_TIMED_OUT");
  return told ?? failures[0];
}
