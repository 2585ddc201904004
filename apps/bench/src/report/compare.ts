import { formatValue } from "./format-value.js";
import type { Results } from "./results.js";

/** One figure as several runs state it. */
export interface ComparedFigure {
  readonly row: string;
  readonly what: string;
  readonly unit: string;
  /** What the table states: a ratio, or memory. Else it is what one chain did, which follows the mood of a shared machine. */
  readonly isStated: boolean;
  /** Of each run, in the order of the runs; nothing where a run lacks the figure. */
  readonly runs: readonly (StatedFigure | undefined)[];
  /** Every run has the figure, and any two medians are no further apart than their stated spreads allow. */
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

/** Holds all figures of several runs against each other: every one of the table, and every chain's own. */
export function compareRuns(runs: readonly Results[]): readonly ComparedFigure[] {
  const stated = runs.map(statedFigures);
  const keys = new Map(stated.flatMap((figures) => [...figures]).map(([key, { head }]) => [key, head]));
  return [...keys].map(([key, head]) => {
    const figures = stated.map((one) => one.get(key)?.figure);
    return { ...head, runs: figures, agrees: allAgree(figures) };
  });
}

interface Stated {
  readonly head: Pick<ComparedFigure, "row" | "what" | "unit" | "isStated">;
  readonly figure: StatedFigure;
}

function statedFigures({ rows }: Results): ReadonlyMap<string, Stated> {
  const figures = new Map<string, Stated>();
  const put = (head: Stated["head"], figure: StatedFigure): void => {
    const key = `${head.row}\n${head.what}`;
    // JSON has no NaN: what could not be measured comes back as null.
    if (Number.isFinite(figure.median) && !figures.has(key)) figures.set(key, { head, figure });
  };
  for (const { title, unit, series, checks, comparisons = [] } of rows) {
    for (const { what, value, spread, unit: ownUnit } of [...checks, ...comparisons]) {
      const [least, most] = spread ?? [value, value];
      put({ row: title, what, unit: ownUnit, isStated: true }, { median: value, least, most });
    }
    for (const { name, median, min, max } of series) {
      put({ row: title, what: name, unit, isStated: false }, { median, least: min, most: max });
    }
  }
  return figures;
}

function allAgree(figures: readonly (StatedFigure | undefined)[]): boolean {
  return figures.every((one) => one !== undefined && figures.every((other) => other && reaches(one, other)));
}

/**
 * The usual test of two measurements that state how far they may be off (the E_n score of ISO 13528): their distance is at
 * most the root of the sum of the squares of both spreads, each towards the other. Always true when `low` is the higher one.
 */
function reaches(low: StatedFigure, high: StatedFigure): boolean {
  const up = Math.max(low.most - low.median, Math.abs(low.median) * resolution);
  const down = Math.max(high.median - high.least, Math.abs(high.median) * resolution);
  return high.median - low.median <= Math.hypot(up, down);
}

/** The comparison for people: one line per figure, those that disagree marked, and a sum at the end. */
export function renderComparison(names: readonly string[], figures: readonly ComparedFigure[]): string {
  const lines = figures.map(({ row, what, unit, runs, agrees }) => {
    const cells = runs.map(renderStated).join(" | ");
    return `| ${row} | ${what}, ${unit} | ${cells} | ${agrees ? "agree" : "**disagree**"} |`;
  });
  const stated = countAgreeing(figures.filter(({ isStated }) => isStated));
  const own = countAgreeing(figures.filter(({ isStated }) => !isStated));
  return [
    `| what | figure | ${names.join(" | ")} | |`,
    `| --- | --- |${" ---: |".repeat(names.length)} --- |`,
    ...lines,
    "",
    `${stated} figures of the table agree: no two medians are further apart than their stated spreads allow.`,
    `Of the chains' own figures, which follow the mood of a shared machine, ${own} do.`,
  ].join("\n");
}

function countAgreeing(figures: readonly ComparedFigure[]): string {
  return `${figures.filter(({ agrees }) => agrees).length} of ${figures.length}`;
}

function renderStated(figure: StatedFigure | undefined): string {
  if (figure === undefined) return "–";
  return `${formatValue(figure.median)} (${formatValue(figure.least)}–${formatValue(figure.most)})`;
}
