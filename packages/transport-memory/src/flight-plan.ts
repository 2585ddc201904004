import type { TransportCapabilities } from "@x/core";
import type { MemoryScheduler } from "./memory-scheduler.js";
import type { RandomSource } from "./random-source.js";
import { checkPromises, type WireConditions, withConditions } from "./wire-conditions.js";

/** What a plan is made of. */
export interface FlightPlanOptions {
  readonly capabilities: TransportCapabilities;
  readonly conditions: WireConditions;
  readonly scheduler: MemoryScheduler;
  readonly random: RandomSource;
}

/** Says of each frame how often it arrives, and when. */
export class FlightPlan {
  readonly #options: FlightPlanOptions;
  #conditions: WireConditions;
  #lastDueMs = 0;
  #lineFreeMs = 0;

  constructor(options: FlightPlanOptions) {
    this.#options = options;
    this.#conditions = checkPromises(options.conditions, options.capabilities);
  }

  /** Changes the conditions for frames to come. */
  setConditions(conditions: Partial<WireConditions>): void {
    this.#conditions = checkPromises(
      withConditions(this.#conditions, conditions),
      this.#options.capabilities,
    );
  }

  /** How often the next frame arrives: once, or not, or twice. */
  nextCopies(): number {
    const { lossRate, duplicateRate } = this.#conditions;
    if (lossRate > 0 && this.#options.random() < lossRate) return 0;
    return duplicateRate > 0 && this.#options.random() < duplicateRate ? 2 : 1;
  }

  /** When the next frame, of so many bytes, arrives. */
  nextDueMs(bytes: number): number {
    const { delayMs, jitterMs, bytesPerSecond, reorderRate, reorderMs } = this.#conditions;
    const { scheduler, random, capabilities } = this.#options;
    this.#lineFreeMs = Math.max(scheduler.now(), this.#lineFreeMs) + (bytes * 1_000) / bytesPerSecond;
    let dueMs = this.#lineFreeMs + delayMs;
    if (jitterMs > 0) dueMs += random() * jitterMs;
    if (reorderRate > 0 && random() < reorderRate) dueMs += reorderMs;
    if (capabilities.ordered) dueMs = Math.max(dueMs, this.#lastDueMs);
    this.#lastDueMs = Math.max(dueMs, this.#lastDueMs);
    return dueMs;
  }

  /** When the end arrives: not before any frame. */
  endDueMs(): number {
    return Math.max(this.#lastDueMs, this.nextDueMs(0));
  }

  /** Forgets the frames planned so far. */
  clear(): void {
    this.#lastDueMs = 0;
    this.#lineFreeMs = 0;
  }
}
