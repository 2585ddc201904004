import { type Address, checkCount, type Route } from "@x/core";
import { defaultBudgetBytes } from "../limits.js";

/**
 * Memory that streams may hold or promise to take beyond the least that each gets, shared by all that were given it.
 * Bound: `totalBytes` plus 16 KiB for each stream and direction, which is that least.
 */
export interface StreamBudget {
  /** The limit, in bytes. */
  readonly totalBytes: number;
  /** What is held and promised now, in bytes. */
  readonly usedBytes: number;
  /** What may still be taken, in bytes. Nothing for a share that has more than an even part while memory is scarce. */
  readonly freeBytes: number;
  /** Takes bytes, whether or not they are left. */
  take(bytes: number): void;
  /** Gives bytes back. */
  release(bytes: number): void;
  /**
   * The share of whoever is at the end of a route: what it takes is counted here too. Told apart are the first hops, which this
   * node knows, and behind each of them the second ones, which the node there put in: whoever invents hops divides a share.
   */
  shareOf(route: Route): StreamBudget;
}

/**
 * Makes a budget. Default 256 MiB: 16 streams with the largest window, or a thousand with the first one.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function createStreamBudget(totalBytes: number = defaultBudgetBytes): StreamBudget {
  checkCount("budget", totalBytes);
  return new WholeBudget(totalBytes);
}

/** What is taken by those whose routes begin with one hop. */
interface Branch {
  bytes: number;
  /** The same by their second hops. */
  readonly parts: Map<Address, number>;
}

/** Memory is scarce from this part on, of all and of what a first hop gets: what is left is for those who have less than an even part. */
const scarcePart = 3 / 4;

class WholeBudget implements StreamBudget {
  readonly totalBytes: number;
  usedBytes = 0;
  readonly #branches = new Map<Address, Branch>();

  constructor(totalBytes: number) {
    this.totalBytes = totalBytes;
  }

  get freeBytes(): number {
    return Math.max(0, this.totalBytes - this.usedBytes);
  }

  take(bytes: number): void {
    this.usedBytes += bytes;
  }

  release(bytes: number): void {
    this.usedBytes -= bytes;
  }

  shareOf([first = "", second = ""]: Route): StreamBudget {
    return new Share(this, first, second);
  }

  count(first: Address, second: Address, bytes: number): void {
    this.usedBytes += bytes;
    const branch = this.#branches.get(first) ?? { bytes: 0, parts: new Map() };
    branch.bytes += bytes;
    const part = (branch.parts.get(second) ?? 0) + bytes;
    if (part > 0) branch.parts.set(second, part);
    else branch.parts.delete(second);
    if (branch.parts.size > 0) this.#branches.set(first, branch);
    else this.#branches.delete(first);
  }

  isSpent(first: Address, second: Address): boolean {
    const branch = this.#branches.get(first);
    if (this.usedBytes < this.totalBytes * scarcePart || branch === undefined) return false;
    const evenBytes = this.totalBytes / this.#branches.size;
    if (branch.bytes >= evenBytes) return true;
    const scarceBytes = evenBytes * scarcePart;
    return branch.bytes >= scarceBytes && (branch.parts.get(second) ?? 0) >= scarceBytes / branch.parts.size;
  }
}

class Share implements StreamBudget {
  readonly #whole: WholeBudget;
  readonly #first: Address;
  readonly #second: Address;

  constructor(whole: WholeBudget, first: Address, second: Address) {
    this.#whole = whole;
    this.#first = first;
    this.#second = second;
  }

  get totalBytes(): number {
    return this.#whole.totalBytes;
  }

  get usedBytes(): number {
    return this.#whole.usedBytes;
  }

  get freeBytes(): number {
    return this.#whole.isSpent(this.#first, this.#second) ? 0 : this.#whole.freeBytes;
  }

  take(bytes: number): void {
    this.#whole.count(this.#first, this.#second, bytes);
  }

  release(bytes: number): void {
    this.#whole.count(this.#first, this.#second, -bytes);
  }

  shareOf(): StreamBudget {
    return this;
  }
}

/** What one direction of a stream takes of a budget: what it holds or promised, beyond the least that every stream gets. */
export class BudgetCharge {
  readonly #budget: StreamBudget;
  readonly #leastBytes: number;
  #chargedBytes = 0;

  constructor(budget: StreamBudget, leastBytes: number) {
    this.#budget = budget;
    this.#leastBytes = leastBytes;
  }

  /** What may still be taken, in bytes. */
  get freeBytes(): number {
    return this.#budget.freeBytes;
  }

  /** Notes how much is held or promised now, in bytes. */
  set(bytes: number): void {
    const chargedBytes = Math.max(0, bytes - this.#leastBytes);
    if (chargedBytes === this.#chargedBytes) return;
    if (chargedBytes > this.#chargedBytes) this.#budget.take(chargedBytes - this.#chargedBytes);
    else this.#budget.release(this.#chargedBytes - chargedBytes);
    this.#chargedBytes = chargedBytes;
  }
}
