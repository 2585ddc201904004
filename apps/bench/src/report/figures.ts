import { max, median, min } from "simple-statistics";

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
  const all = values.length === 0 ? [NaN] : [...values];
  return { name, values, median: median(all), min: min(all), max: max(all) };
}

/** What a value must be, or is wished to be: at least, or at most, so much. */
export interface Bar {
  readonly comparison: "at least" | "at most";
  readonly bar: number;
}

/** The bar for a value of which more is better. */
export function atLeast(bar: number): Bar {
  return { comparison: "at least", bar };
}

/** The bar for a value of which less is better. */
export function atMost(bar: number): Bar {
  return { comparison: "at most", bar };
}

/** Says whether a value is on the right side of its bar. A value that is not a number is not. */
export function meets(value: number, { comparison, bar }: Bar): boolean {
  return comparison === "at least" ? value >= bar : value <= bar;
}

/** A figure of a table. */
export interface Figure {
  /** What is compared: `culvert / pipes`. */
  readonly what: string;
  readonly value: number;
  /** Least and greatest value over the rounds. */
  readonly spread: readonly [number, number];
  /** `×` for ratios, `KiB`, `MiB`. */
  readonly unit: string;
  /** Default: none, the figure is for information. */
  readonly bar?: Bar;
}

/** The ratio of two medians; the spread is that of the ratios within each round. */
export function ratioOf(subject: Series, base: Series, bar?: Bar): Figure {
  const pairs = Math.min(subject.values.length, base.values.length);
  const ratios = summarize(
    "",
    subject.values.slice(0, pairs).map((value, round) => value / (base.values[round] ?? NaN)),
  );
  return {
    what: `${subject.name} / ${base.name}`,
    value: subject.median / base.median,
    unit: "×",
    spread: [ratios.min, ratios.max],
    ...(bar === undefined ? {} : { bar }),
  };
}
