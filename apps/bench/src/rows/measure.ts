import { setTimeout as sleep } from "node:timers/promises";
import type { Chain, RunningChain, Wire } from "../chains/chain.js";
import { roundOrder } from "./round-order.js";
import type { Bench } from "./row.js";
import type { Samples } from "./samples.js";

/** Something to measure in rounds. */
export interface Subject {
  readonly name: string;
  measure(): Promise<number>;
}

/** A chain that runs, under its name. */
export interface NamedChain extends RunningChain {
  readonly name: string;
}

/**
 * Measures each subject once in each of these rounds, interleaved, and puts the values into `samples`.
 * One that fails is left out from then on.
 */
export async function measureRounds(
  subjects: readonly Subject[],
  rounds: readonly number[],
  samples: Samples,
): Promise<void> {
  for (const round of rounds) {
    for (const { name, measure } of roundOrder(subjects, round)) {
      if (samples.hasFailed(name)) continue;
      try {
        samples.add(name, await measure());
      } catch (error) {
        samples.fail(name, `${name} failed in round ${round + 1}: ${(error as Error).message}`);
      }
    }
  }
}

/**
 * The chains of a row, started anew for each pass over the rows: a process keeps its luck, with compilers and memory, for life,
 * and the spread shall show it. One that does not start gets a note, and is left out from then on.
 */
export class RowChains {
  readonly #bench: Bench;
  readonly #chains: readonly Chain[];
  readonly #notes = new Map<string, string>();

  constructor(bench: Bench, chains: readonly Chain[] = bench.chains) {
    this.#bench = bench;
    this.#chains = chains;
  }

  /** The names of all of them. */
  get names(): readonly string[] {
    return this.#chains.map(({ name }) => name);
  }

  /** Which did not start, and why. */
  get notes(): readonly string[] {
    return [...this.#notes.values()];
  }

  /** Starts all chains, over a wire if one is given, runs the task with them, and ends them whatever happens. */
  async run(task: (running: readonly NamedChain[]) => Promise<void>, wire?: Wire): Promise<void> {
    const running: NamedChain[] = [];
    try {
      for (const chain of this.#chains.filter(({ name }) => !this.#notes.has(name))) {
        try {
          running.push({ name: chain.name, ...(await chain.start(this.#bench.targets, wire)) });
        } catch (error) {
          this.#notes.set(chain.name, `${chain.name} did not start: ${(error as Error).message}`);
        }
      }
      await task(running);
    } finally {
      await Promise.all(running.map((chain) => chain.close()));
    }
  }
}

/** The port that leads to one of the two servers. */
export function entryOf(chain: RunningChain, server: 0 | 1 = 0): number {
  return chain.entries[server] ?? 0;
}

const quietTimeoutMs = 5_000;

/** Connections that did not close in time, for each bench: nobody waits for them twice. */
const stuck = new WeakMap<Bench, number>();

/**
 * Waits until the servers have no connection left, so that one measurement's rest does not burden the next.
 * A chain that leaves connections open for 5 s gets a warning.
 *
 * @param after the chain that was measured
 * @param held connections that are meant to stay. Default 0
 */
export async function waitForQuiet(bench: Bench, after: string, held = 0): Promise<void> {
  const endsAt = performance.now() + quietTimeoutMs;
  let open = await countOpen(bench);
  stuck.set(bench, Math.min(stuck.get(bench) ?? 0, open));
  const known = stuck.get(bench) ?? 0;
  for (; open > known + held && performance.now() < endsAt; open = await countOpen(bench)) await sleep(5);
  if (open <= known + held) return;
  stuck.set(bench, open - held);
  const count = open - held - known;
  bench.warnings.push(
    `${after} left ${count} connections to the server open for ${quietTimeoutMs / 1_000} s after their visitors had gone.`,
  );
}

async function countOpen(bench: Bench): Promise<number> {
  const roles = [bench.server, bench.otherServer];
  const open = await Promise.all(roles.map((role) => role.call("connections", undefined)));
  return open.reduce((sum, count) => sum + count, 0);
}
