/** One way to go on. */
export interface Candidate {
  /** The whole word. */
  readonly value: string;
  readonly description: string;
}
