import type { Series } from "./statistics.js";

/** What a value must be, or is wished to be: at least, or at most, so much. */
export interface Bar {
  readonly comparison: "at least" | "at most";
  readonly bar: number;
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

/** The ratio of two medians; the spread is that of the ratios within each round. */
export function ratioOf(subject: Series, base: Series, bar?: Bar): Figure {
  const ratios = subject.values
    .slice(0, base.values.length)
    .map((value, round) => value / (base.values[round] ?? NaN));
  return {
    what: `${subject.name} / ${base.name}`,
    value: subject.median / base.median,
    unit: "×",
    spread: [Math.min(...ratios), Math.max(...ratios)],
    ...(bar === undefined ? {} : { bar }),
  };
}

/** The median of a series; the spread is that of its rounds. */
export function medianOf({ name, median, min, max }: Series, unit: string, bar: Bar): Figure {
  return { what: name, value: median, unit, spread: [min, max], bar };
}
