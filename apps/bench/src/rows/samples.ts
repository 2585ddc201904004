import type { Series } from "../report/results.js";
import { summarize } from "../report/statistics.js";

/** What was measured of several things, and what went wrong. */
export interface Measured {
  readonly series: readonly Series[];
  readonly notes: readonly string[];
}

/** Collects one value per thing and round. A thing that failed once has no figures at all, and a note says why. */
export class Samples {
  readonly #values = new Map<string, number[]>();
  readonly #failures = new Map<string, string>();

  /** @param names the things, in the order of the report */
  constructor(names: readonly string[]) {
    for (const name of names) this.#values.set(name, []);
  }

  /** Takes the next round's value. */
  add(name: string, value: number): void {
    this.#values.get(name)?.push(value);
  }

  /** Takes note of the first failure of a thing, as a whole sentence without its end. */
  fail(name: string, note: string): void {
    if (!this.#failures.has(name)) this.#failures.set(name, note);
  }

  /** Says whether a thing has failed and need not be measured again. */
  hasFailed(name: string): boolean {
    return this.#failures.has(name);
  }

  /** All figures so far. */
  measured(): Measured {
    const series = [...this.#values].map(([name, values]) => ({
      name,
      ...summarize(this.hasFailed(name) ? [] : values),
    }));
    return { series, notes: [...this.#failures.values()] };
  }
}

/** A series by name, or an empty one, which passes no check. */
export function seriesOf(measured: Measured, name: string): Series {
  return measured.series.find((series) => series.name === name) ?? { name, ...summarize([]) };
}
