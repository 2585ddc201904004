import type { Plant } from "./plant.js";

/** A fault and the case that must notice it. */
export interface Fault {
  /** What the transport does wrong. */
  readonly fault: string;
  /** The beginning of the name of the case that must fail. */
  readonly noticedBy: string;
  /** What the failure must say. */
  readonly failure: RegExp;
  readonly plant: Plant;
}
