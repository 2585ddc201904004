import type { Check, Series } from "./results.js";
import { pairedRatios } from "./statistics.js";

/** A bar of design: a value must be at least, or at most, so much. */
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

/** Holds the ratio of two medians against a bar; the spread is that of the ratios within each round. */
export function checkRatio(subject: Series, base: Series, bar: Bar): Check {
  const ratios = pairedRatios(subject.values, base.values);
  return {
    ...checkValue(`${subject.name} / ${base.name}`, subject.median / base.median, "×", bar),
    spread: [Math.min(...ratios), Math.max(...ratios)],
  };
}

/** Holds a value against a bar. A value that is not a number does not pass. */
export function checkValue(what: string, value: number, unit: string, bar: Bar): Check {
  const passed = bar.comparison === "at least" ? value >= bar.bar : value <= bar.bar;
  return { what, value, unit, ...bar, passed };
}
