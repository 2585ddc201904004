import { lookup, Resolver } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { CulvertError, Fifo, isIpv4, isIpv6 } from "@x/core";
import {
  directTimeoutMs,
  directTries,
  lookUpPatienceMs,
  maxDirectLookUps,
  maxSystemLookUps,
  maxWaitingLookUps,
} from "../limits.js";
import { systemError } from "./system-error.js";

/** How look-ups reach the outside. */
export interface LookUpWays {
  /** Asks the system, which may take its time. */
  readonly system: (host: string) => Promise<readonly string[]>;
  /** Asks the file of hosts and the name servers directly. */
  readonly direct: (host: string) => Promise<readonly string[]>;
}

/**
 * Looks up the addresses of names, for everybody in the process.
 *
 * Node asks the system in threads of which there are few, and a name whose server is silent holds one for ten seconds and
 * more. So all who want one name share one look-up, few names are asked of the system at a time, and a name that it has not
 * found within {@link lookUpPatienceMs} is asked for in a way that needs no thread: the first answer counts. So names of
 * silent servers do not hold up others.
 */
export class NameLookUps {
  readonly #ways: LookUpWays;
  readonly #pending = new Map<string, Promise<readonly string[]>>();
  readonly #waiting = new Fifo<() => void>();
  #asking = 0;
  #direct = 0;

  constructor(ways: LookUpWays = { system: askSystem, direct: askDirectly }) {
    this.#ways = ways;
  }

  /**
   * The addresses of a host, in the order in which they are to be tried. An address is its own.
   *
   * @throws CulvertError NAME_UNRESOLVED, TRANSPORT_FAILED
   */
  addresses(host: string): Promise<readonly string[]> {
    if (isIpv4(host) || isIpv6(host)) return Promise.resolve([host]);
    const known = this.#pending.get(host);
    if (known !== undefined) return known;
    if (this.#pending.size >= maxWaitingLookUps) return Promise.reject(tooMany(host));
    const found = this.#lookUp(host).finally(() => this.#pending.delete(host));
    this.#pending.set(host, found);
    return found;
  }

  #lookUp(host: string): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#askDirectly(host).then(resolve, () => {});
      }, lookUpPatienceMs);
      // The system knows more ways than the direct one, so its word counts when there is no address.
      this.#askSystem(host)
        .finally(() => clearTimeout(timer))
        .then(resolve, (error: unknown) => reject(systemError(error, `look up ${host}`)));
    });
  }

  async #askSystem(host: string): Promise<readonly string[]> {
    if (this.#asking >= maxSystemLookUps) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#asking++;
    try {
      return await this.#ways.system(host);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#asking--;
      else next();
    }
  }

  async #askDirectly(host: string): Promise<readonly string[]> {
    if (this.#direct >= maxDirectLookUps) throw tooMany(host);
    this.#direct++;
    try {
      return await this.#ways.direct(host);
    } finally {
      this.#direct--;
    }
  }
}

/** The look-ups of this process. */
export const nameLookUps: NameLookUps = new NameLookUps();

async function askSystem(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, verbatim: true });
  return [...new Set(found.map(({ address }) => address))];
}

async function askDirectly(host: string): Promise<readonly string[]> {
  const known = inHostsFile(await readFile(hostsFile, "utf8").catch(() => ""), host);
  if (known.length > 0) return known;
  const resolver = new Resolver({ timeout: directTimeoutMs, tries: directTries });
  const answers = await Promise.allSettled([resolver.resolve6(host), resolver.resolve4(host)]);
  const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  if (found.length > 0) return found;
  throw new CulvertError("NAME_UNRESOLVED", `Cannot look up ${host}: the name has no address`);
}

const hostsFile =
  process.platform === "win32"
    ? `${process.env.SystemRoot ?? "C:\\Windows"}\\System32\\drivers\\etc\\hosts`
    : "/etc/hosts";

/** The addresses that a file of hosts has for a name: an address and its names on each line, `#` before a remark. */
export function inHostsFile(text: string, host: string): string[] {
  const wanted = host.toLowerCase().replace(/\.$/, "");
  return text.split("\n").flatMap((line) => {
    const [address = "", ...names] = (line.split("#")[0] ?? "").trim().split(/\s+/);
    return names.some((name) => name.toLowerCase() === wanted) ? [address] : [];
  });
}

function tooMany(host: string): CulvertError {
  const message = `Cannot look up ${host}: limit is ${maxWaitingLookUps} names at a time`;
  return new CulvertError("NAME_UNRESOLVED", message);
}
