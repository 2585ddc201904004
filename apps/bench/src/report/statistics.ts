/** The value in the middle; of an even number of values, the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The smallest value that at least `percent` of all values do not exceed (nearest rank). NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;
}

/** What several rounds of one measurement came to. All figures are NaN when there were none. */
export interface Series {
  /** The chain, or the thing measured. */
  readonly name: string;
  readonly values: readonly number[];
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Sums up rounds. */
export function summarize(name: string, values: readonly number[]): Series {
  const [min, max] = values.length === 0 ? [NaN, NaN] : [Math.min(...values), Math.max(...values)];
  return { name, values, median: median(values), min, max };
}
