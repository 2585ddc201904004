import type { Check, Comparison, Series } from "./results.js";
import { pairedRatios } from "./statistics.js";

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

/** Holds the ratio of two medians against a bar; the spread is that of the ratios within each round. */
export function checkRatio(subject: Series, base: Series, bar: Bar): Check {
  const ratio = compareRatio(subject, base);
  return { ...ratio, ...bar, passed: meets(ratio.value, bar) };
}

/** The same ratio for information, with or without a goal: it passes and fails nothing. */
export function compareRatio(subject: Series, base: Series, goal?: Bar): Comparison {
  const ratios = pairedRatios(subject.values, base.values);
  return {
    what: `${subject.name} / ${base.name}`,
    value: subject.median / base.median,
    unit: "×",
    spread: [Math.min(...ratios), Math.max(...ratios)],
    ...(goal === undefined ? {} : { goal }),
  };
}

/** Holds a value against a bar. A value that is not a number does not pass. */
export function checkValue(what: string, value: number, unit: string, bar: Bar): Check {
  return { what, value, unit, ...bar, passed: meets(value, bar) };
}

/** Holds the median of a series against a bar; the spread is that of its rounds. */
export function checkSeries({ name, median, min, max }: Series, unit: string, bar: Bar): Check {
  return { ...checkValue(name, median, unit, bar), spread: [min, max] };
}
