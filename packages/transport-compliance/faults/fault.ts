import type { Plant } from "./plant.js";

/** Wait for a fault that shows by something that never happens, in milliseconds. Spent in every run. */
export const shortWaitMs = 500;

/** Pause that a sender without back-pressure never makes, in milliseconds. Spent only if the fault is not there. */
export const longStallMs = 3_000;

/** A fault and the case that must notice it. */
export interface Fault {
  /** What the transport does wrong. */
  readonly fault: string;
  /** The beginning of the name of the case that must fail. */
  readonly noticedBy: string;
  /** What the failure must say. */
  readonly failure: RegExp;
  /** Limits of the case for this fault. Default: those of the suite. */
  readonly waitMs?: number;
  readonly stallMs?: number;
  readonly plant: Plant;
}
