import { type Series, summarize } from "../report/statistics.js";

/** Something to measure in rounds: one value for each of the tables that its samples go to. */
export interface Subject {
  readonly name: string;
  measure(): Promise<readonly number[]>;
}

/** Collects the values of several subjects for one table or more. A subject that failed once has no figures at all, and a note says why. */
export class Samples {
  readonly #values: ReadonlyMap<string, (readonly number[])[]>;
  readonly #failures = new Map<string, string>();

  /** @param names the subjects, in the order of the report */
  constructor(names: readonly string[]) {
    this.#values = new Map(names.map((name) => [name, []]));
  }

  /** What went wrong, in whole sentences without their ends. */
  get notes(): readonly string[] {
    return [...this.#failures.values()];
  }

  /** Measures each subject once in each of these rounds, interleaved. One that fails is left out from then on. */
  async take(subjects: readonly Subject[], rounds: readonly number[]): Promise<void> {
    for (const round of rounds) {
      for (const { name, measure } of roundOrder(subjects, round)) {
        if (this.#failures.has(name)) continue;
        try {
          this.#values.get(name)?.push(await measure());
        } catch (error) {
          this.#failures.set(name, `${name} failed in round ${round + 1}: ${(error as Error).message}`);
        }
      }
    }
  }

  /** All figures for one of the tables. */
  series(table = 0): readonly Series[] {
    return [...this.#values].map(([name, rounds]) =>
      summarize(name, this.#failures.has(name) ? [] : rounds.map((values) => values[table] ?? Number.NaN)),
    );
  }
}

/** A series by name, or an empty one, which passes no check. */
export function seriesOf(series: readonly Series[], name: string): Series {
  return series.find((one) => one.name === name) ?? summarize(name, []);
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
