import { formatValue } from "./format-value.js";
import type { Results } from "./results.js";

/** One figure as several runs state it. */
export interface ComparedFigure {
  readonly row: string;
  readonly what: string;
  readonly unit: string;
  /** Of each run, in the order of the runs; nothing where a run lacks the figure. */
  readonly runs: readonly (StatedFigure | undefined)[];
  /** Every run has the figure, and each run's median lies within each other run's stated spread. */
  readonly agrees: boolean;
}

/** A median and its stated spread. */
export interface StatedFigure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/**
 * A stated spread reaches at least this far on both sides of its median, as a share of it.
 * A path held at a fixed width varies by less than clocks and timers do from run to run.
 */
const resolution = 0.01;

/** Holds all figures of several runs against each other: every ratio, and every chain's own figure. */
export function compareRuns(runs: readonly Results[]): readonly ComparedFigure[] {
  const stated = runs.map(statedFigures);
  const keys = new Map(stated.flatMap((figures) => [...figures]).map(([key, { head }]) => [key, head]));
  return [...keys].map(([key, head]) => {
    const figures = stated.map((one) => one.get(key)?.figure);
    return { ...head, runs: figures, agrees: allAgree(figures) };
  });
}

interface Stated {
  readonly head: Pick<ComparedFigure, "row" | "what" | "unit">;
  readonly figure: StatedFigure;
}

function statedFigures({ rows }: Results): ReadonlyMap<string, Stated> {
  const figures = new Map<string, Stated>();
  const put = (row: string, what: string, unit: string, figure: StatedFigure): void => {
    // JSON has no NaN: what could not be measured comes back as null.
    if (Number.isFinite(figure.median)) figures.set(`${row}\n${what}`, { head: { row, what, unit }, figure });
  };
  for (const { title, unit, series, checks, comparisons = [] } of rows) {
    for (const { what, value, spread, unit: ownUnit } of [...checks, ...comparisons]) {
      const [least, most] = spread ?? [value, value];
      put(title, what, ownUnit, { median: value, least, most });
    }
    for (const { name, median, min, max } of series) {
      put(title, name, unit, { median, least: min, most: max });
    }
  }
  return figures;
}

function allAgree(figures: readonly (StatedFigure | undefined)[]): boolean {
  return figures.every((one) => one !== undefined && figures.every((other) => other && holds(one, other)));
}

function holds({ median, least, most }: StatedFigure, other: StatedFigure): boolean {
  const slack = Math.abs(median) * resolution;
  return other.median >= Math.min(least, median - slack) && other.median <= Math.max(most, median + slack);
}

/** The comparison for people: one line per figure, those that disagree marked, and a sum at the end. */
export function renderComparison(names: readonly string[], figures: readonly ComparedFigure[]): string {
  const lines = figures.map(({ row, what, unit, runs, agrees }) => {
    const cells = runs.map(renderStated).join(" | ");
    return `| ${row} | ${what}, ${unit} | ${cells} | ${agrees ? "agree" : "**disagree**"} |`;
  });
  const agreeing = figures.filter(({ agrees }) => agrees).length;
  return [
    `| what | figure | ${names.join(" | ")} | |`,
    `| --- | --- |${" ---: |".repeat(names.length)} --- |`,
    ...lines,
    "",
    `${agreeing} of ${figures.length} figures agree: each run's median lies within each other run's stated spread.`,
  ].join("\n");
}

function renderStated(figure: StatedFigure | undefined): string {
  if (figure === undefined) return "–";
  return `${formatValue(figure.median)} (${formatValue(figure.least)}–${formatValue(figure.most)})`;
}
