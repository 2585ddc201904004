import { tunnelChains } from "../chains/proxies.js";
import { type Closable, closeAll } from "../process/command.js";
import { watchOthers } from "../process/usage.js";
import { type Bar, type Figure, ratioOf, type Series, summarize } from "../report/figures.js";
import type { Table } from "../report/report.js";
import type { Settings } from "../settings.js";
import type { Bench } from "./bench.js";

/** The name of our chain in every row. */
export const subject = "culvert";

/** The name of our chain with as many processes as the tunnels of others have. */
export const twoProcesses = "culvert2";

/** The name of our chain with a secure channel from end to end. */
export const sealed = "sealed";

/** The name of our chain of another build. */
export const otherBuild = "against";

/** A table of a row. */
export interface TablePlan {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Bars for ours beside others, by their names. What was not there is left out. */
  readonly bars?: Readonly<Record<string, Bar>>;
  /** The bar for ours alone. */
  readonly limit?: Bar;
  /** What is wished for beside tunnels in other languages. */
  readonly goal?: Bar;
  /** What follows the names of chains in the series that are compared. Default: nothing. */
  readonly suffix?: string;
  /** Not compared with tunnels and other builds. */
  readonly isAlone?: true;
  readonly note?: string;
}

/** Something to measure in rounds: one value for each of the row's tables. */
export interface Subject {
  readonly name: string;
  measure(): Promise<readonly number[]>;
  /** What it carries, uncounted, before the first round of a pass. */
  warmUp?(): Promise<unknown>;
}

/** Something to measure. */
export interface Row {
  readonly name: string;
  readonly tables: readonly TablePlan[];
  /** How often each subject is measured. Default: `rounds`. */
  readonly rounds?: keyof Settings;
  /** How often everything warms up, in turn: an idle process throws away compiled code once. Default: 1. */
  readonly warmUps?: number;
  /** Starts what is measured, anew for each pass: a process keeps its luck, with compilers and memory, for life. */
  open(bench: Bench, opened: Closable[]): Promise<readonly Subject[]>;
}

/** Measures a row in passes, and makes its tables. */
export class RowRun {
  readonly rounds: number;
  readonly #row: Row;
  readonly #bench: Bench;
  readonly #values = new Map<string, (readonly number[])[]>();
  readonly #failures = new Map<string, string>();
  readonly #warnings: string[] = [];
  /** The largest share of the machine's CPU time that other programs took meanwhile, 0 to 1. Above 0.1 the figures say little. */
  othersShare = 0;

  constructor(row: Row, bench: Bench) {
    this.#row = row;
    this.#bench = bench;
    this.rounds = bench.settings[row.rounds ?? "rounds"];
  }

  /** Measures some of the rounds, with processes that are started for them and ended afterwards. */
  async measure(rounds: readonly number[]): Promise<void> {
    const { open, name, warmUps = 1 } = this.#row;
    const opened: Closable[] = [];
    const othersShare = watchOthers();
    this.#bench.say(name);
    try {
      const subjects = await open(this.#bench, opened);
      for (let time = 0; time < warmUps; time++) {
        // What fails here fails in the first round too, which takes note.
        for (const { warmUp } of subjects) await warmUp?.().catch(() => undefined);
      }
      for (const round of rounds) await this.take(subjects, round);
    } catch (error) {
      this.#failures.set(subject, `the row broke: ${(error as Error).message}`);
    } finally {
      await closeAll(opened);
      this.othersShare = Math.max(this.othersShare, othersShare());
      this.#warnings.push(...this.#bench.warnings.splice(0));
    }
  }

  /** Measures each subject once. One that failed is left out from then on, with all its figures. */
  async take(subjects: readonly Subject[], round: number): Promise<void> {
    for (const { name, measure } of roundOrder(subjects, round)) {
      const values = this.#values.get(name) ?? [];
      this.#values.set(name, values);
      if (this.#failures.has(name)) continue;
      await measure().then(
        (some) => values.push(some),
        (error: Error) => this.#failures.set(name, `failed in round ${round + 1}: ${error.message}`),
      );
    }
  }

  tables(): readonly Table[] {
    const failures = [...this.#failures].map(([name, why]) => `${name} ${why}.`);
    const others = `Other programs took ${Math.round(this.othersShare * 100)} %.`;
    return this.#row.tables.map((plan, index) => {
      const series = [...this.#values].map(([name, rounds]) =>
        summarize(name, this.#failures.has(name) ? [] : rounds.map((values) => values[index] ?? Number.NaN)),
      );
      return tableOf(plan, series, [...failures, ...this.#warnings, others]);
    });
  }
}

/** Makes a table of what was measured. Whatever has no values is left out of its comparisons; ours fails without. */
export function tableOf(plan: TablePlan, series: readonly Series[], notes: readonly string[]): Table {
  const { id, title, unit, bars = {}, limit, goal, suffix = "", isAlone, note } = plan;
  const find = (name: string): Series | undefined =>
    series.find((one) => one.name === name && Number.isFinite(one.median));
  const own = find(subject + suffix) ?? summarize(subject + suffix, []);
  const beside = (mine: Series, other: string, bar?: Bar): Figure[] => {
    const base = find(other);
    return base === undefined ? [] : [ratioOf(mine, base, bar)];
  };
  const isThere = series.some((one) => one.name === own.name);
  const { name, median, min, max } = own;
  const ownFigure = { what: name, value: median, unit, spread: [min, max] as const };
  const tunnels = tunnelChains.flatMap((chain) =>
    beside(find(twoProcesses + suffix) ?? own, chain.name + suffix, goal),
  );
  return {
    ...{ id, title, unit, series },
    checks: [
      ...Object.entries(bars).flatMap(([other, bar]) => beside(own, other, bar)),
      ...(limit === undefined || !isThere ? [] : [{ ...ownFigure, bar: limit }]),
    ],
    comparisons: isAlone ? [] : [...beside(own, otherBuild + suffix), ...tunnels],
    notes: [...notes, ...(note === undefined ? [] : [note])],
  };
}

/**
 * The order in which a round takes its subjects.
 * Each round begins one further along, and every second one runs backwards,
 * so that no subject always follows the same other one, or always meets the machine in the same state.
 */
export function roundOrder<T>(subjects: readonly T[], round: number): readonly T[] {
  const start = subjects.length === 0 ? 0 : round % subjects.length;
  const rotated = [...subjects.slice(start), ...subjects.slice(0, start)];
  return round % 2 === 0 ? rotated : rotated.reverse();
}

/** The rounds that one of several passes makes, as even shares as whole numbers allow: 11 rounds in 3 passes are 0–3, 4–7, 8–10. */
export function roundsOfPass(rounds: number, pass: number, passes: number): readonly number[] {
  const start = Math.ceil((rounds * pass) / passes);
  const end = Math.ceil((rounds * (pass + 1)) / passes);
  return Array.from({ length: end - start }, (_, index) => start + index);
}
