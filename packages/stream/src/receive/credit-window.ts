import { firstUseBytes, initialWindowBytes, maxWindowBytes, minWindowBytes } from "../limits.js";
import { BudgetCharge, type StreamBudget } from "../resources/stream-budget.js";

/** Windows that must be consumed before the next growth: what buffers on the way swallow must not look like a fast reader. */
const windowsPerGrowth = 2;

/** One stream may take this part of what is left of the budget at once. */
const shareOfFree = 1 / 16;

/**
 * How far the other end may send: an absolute offset that only grows.
 * It follows what the local end consumed by a window. The window doubles when the reader ran dry while the sender waited
 * for credit for a while, and shrinks by use when memory is scarce. What is granted is taken from the budget first.
 */
export class CreditWindow {
  readonly #charge: BudgetCharge;
  readonly #maxBytes: number;
  #windowBytes: number;
  #limit = minWindowBytes;
  #consumed = 0;
  #senderWaits = false;
  /** How much must be consumed before the other end is granted more than the least. */
  readonly #provesItselfAt: number;
  /** What was consumed when the window last grew. */
  #grownAt = 0;

  /** @param isStranger the other end is granted the least until it has sent something, so that idle streams use up no budget */
  constructor(budget: StreamBudget, maxBytes: number = maxWindowBytes, isStranger = false) {
    this.#charge = new BudgetCharge(budget, minWindowBytes);
    this.#provesItselfAt = isStranger ? firstUseBytes : 0;
    this.#maxBytes = Math.max(minWindowBytes, maxBytes);
    this.#windowBytes = Math.min(initialWindowBytes, this.#maxBytes);
    this.grant();
  }

  /** The offset up to which the other end may send. */
  get limit(): number {
    return this.#limit;
  }

  /** The window aimed at, in bytes. */
  get windowBytes(): number {
    return this.#windowBytes;
  }

  /** Bytes the local end consumed. */
  get consumed(): number {
    return this.#consumed;
  }

  /** Says whether so much was consumed that the other end should hear of it: a quarter of the window. */
  get isWorthTelling(): boolean {
    const allowed = this.#allowedWindow();
    return this.#consumed + allowed - this.#limit >= allowed / 4;
  }

  /** The other end has more to send and no credit for it. */
  senderWaits(): void {
    this.#senderWaits = true;
  }

  /** The local end consumed bytes; `isDry` tells that it then had all that arrived. */
  consume(bytes: number, isDry: boolean): void {
    this.#consumed += bytes;
    this.#charge.set(this.#limit - this.#consumed);
    if (!isDry || !this.#senderWaits) return;
    this.#senderWaits = false;
    const isEarned = this.#consumed - this.#grownAt >= windowsPerGrowth * this.#windowBytes;
    if (isEarned && this.#allowedWindow() >= this.#windowBytes) {
      this.#grownAt = this.#consumed;
      this.#windowBytes = Math.min(this.#maxBytes, this.#windowBytes * 2);
    }
  }

  /** Moves the limit to where it should be, and returns it. Called when the other end is told. */
  grant(): number {
    this.#limit = Math.max(this.#limit, this.#consumed + this.#allowedWindow());
    this.#charge.set(this.#limit - this.#consumed);
    return this.#limit;
  }

  /** Gives back what was promised and not consumed. Call it once, when nothing more will be consumed. */
  close(): void {
    this.#consumed = this.#limit;
    this.#charge.set(0);
  }

  /** The window, as far as memory allows. */
  #allowedWindow(): number {
    if (this.#consumed < this.#provesItselfAt) return minWindowBytes;
    const held = this.#limit - this.#consumed;
    const granted = held + Math.floor(this.#charge.freeBytes * shareOfFree);
    return Math.min(this.#windowBytes, Math.max(minWindowBytes, granted));
  }
}
