import type { CulvertError, ErrorCode } from "@x/core";
import { failureFields, type RuntimeLog } from "../runtime-log.js";

/** Shortest time between two lines of the log on refusals of one code, in milliseconds. 5,000: a flood of peers must not flood the log. */
const logPauseMs = 5000;

interface Tally {
  total: number;
  /** Those that no line told of. */
  untold: number;
  nextLineAt: number;
}

/** Counts whom and what a node refused, and writes of it now and then. */
export class Refusals {
  readonly #log: RuntimeLog;
  readonly #now: () => number;
  readonly #tallies = new Map<ErrorCode, Tally>();

  constructor(log: RuntimeLog, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** Counts a refusal. The first of its code is logged at once, further ones together every 5 s. */
  readonly note = (error: CulvertError, fields: object = {}): void => {
    const tally = this.count(error.code);
    const now = this.#now();
    if (now < tally.nextLineAt) {
      tally.untold++;
      return;
    }
    const more = tally.untold === 0 ? {} : { untold: tally.untold };
    tally.untold = 0;
    tally.nextLineAt = now + logPauseMs;
    this.#log.warn({ ...fields, ...failureFields(error), ...more }, "A peer was refused");
  };

  /** Counts a refusal that the log tells of elsewhere. */
  count(code: ErrorCode): Tally {
    const tally = this.#tallies.get(code) ?? { total: 0, untold: 0, nextLineAt: 0 };
    this.#tallies.set(code, tally);
    tally.total++;
    return tally;
  }

  /** How many were refused so far, by code. */
  counts(): ReadonlyMap<ErrorCode, number> {
    return new Map([...this.#tallies].map(([code, { total }]) => [code, total]));
  }
}
