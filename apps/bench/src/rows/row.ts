import { type Chain, type RunningChain, runChain, type Wire } from "../chains/chain.js";
import { tunnelChains } from "../chains/tunnels.js";
import { type Bar, type Figure, ratioOf } from "../report/check.js";
import type { Table } from "../report/results.js";
import type { Series } from "../report/statistics.js";
import type { Settings } from "../settings.js";
import type { Bench } from "./bench.js";
import { Samples, seriesOf } from "./rounds.js";

/** Something to measure: one table or more. */
export interface Row {
  readonly name: string;
  /** Begins to measure. No process is started yet. */
  begin(bench: Bench): RowRun;
}

/** A row while it is measured. */
export interface RowRun {
  /** How often each of its subjects is measured in all. */
  readonly rounds: number;
  /** Measures some of the rounds, with processes that are started for them and ended afterwards. */
  measure(rounds: readonly number[]): Promise<void>;
  /** What was measured so far. */
  tables(): readonly Table[];
}

/** The name of our chain in every row. */
export const subject = "culvert";

/** The name of our chain of another build. */
export const otherBuild = "against";

/** A table of a phase. */
export interface TablePlan {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Bars for our chain beside others, by their names. A chain that was not there is left out. */
  readonly bars?: Readonly<Record<string, Bar>>;
  /** Further checks. */
  readonly checks?: (series: readonly Series[]) => readonly Figure[];
  /** What is wished for beside tunnels in other languages. */
  readonly goal?: Bar;
  /** Not compared with tunnels and other builds. */
  readonly isAlone?: true;
  readonly note?: string;
}

/** What is measured of all chains before the next phase begins. */
export interface Phase {
  /** For people who wait. */
  readonly what: string;
  readonly warmUp: (chain: RunningChain) => Promise<unknown>;
  /** What is measured of each chain, by what follows the chain's name in the tables; each gives one value for each table. */
  readonly steps: Readonly<Record<string, (chain: RunningChain) => Promise<readonly number[]>>>;
  /** The step that is compared. Default: the one that is named by nothing. */
  readonly compared?: string;
  readonly tables: readonly TablePlan[];
}

/** How a row over all chains is made. */
export interface ChainRowPlan {
  readonly name: string;
  /** Default: the usual number. */
  readonly rounds?: (settings: Settings) => number;
  /** The chains that take part, by name. Default: all. */
  readonly only?: readonly string[];
  /** All warm-ups come twice: an idle process throws away compiled code once, and that shall have happened before the first round. */
  readonly warmsUpTwice?: true;
  /** Runs a task with a path in front of ports. Default: none. */
  readonly overWire?: (task: (wire: Wire) => Promise<void>) => Promise<void>;
  readonly phases: (bench: Bench) => readonly Phase[];
}

/**
 * A row over chains. They are started anew for each pass over the rows: a process keeps its luck, with compilers and memory, for life,
 * and the spread shall show it. One that does not start gets a note, and is left out from then on.
 */
export function chainRow({ name, rounds, only, warmsUpTwice, overWire, phases }: ChainRowPlan): Row {
  const begin = (bench: Bench): RowRun => {
    const chains = bench.chains.filter((chain) => only === undefined || only.includes(chain.name));
    const failed = new Map<string, string>();
    const planned = phases(bench).map((phase) => ({ phase, samples: samplesOf(phase, chains) }));
    const measureAll = async (running: readonly RunningChain[], some: readonly number[]): Promise<void> => {
      for (const { phase, samples } of planned) {
        bench.say(phase.what);
        const warmUps = warmsUpTwice ? [...running, ...running] : running;
        // What fails here fails in the first round too, which takes note.
        for (const chain of warmUps) await phase.warmUp(chain).catch(() => undefined);
        const subjects = running.flatMap((chain) =>
          Object.entries(phase.steps).map(([suffix, step]) => ({
            name: `${chain.name}${suffix}`,
            measure: () => step(chain),
          })),
        );
        await samples.take(subjects, some);
      }
    };
    return {
      rounds: rounds?.(bench.settings) ?? bench.settings.rounds,
      measure: (some) => {
        const task = (wire?: Wire): Promise<void> =>
          withChains(bench, chains, failed, wire, (running) => measureAll(running, some));
        return overWire === undefined ? task() : overWire(task);
      },
      tables: () =>
        planned.flatMap(({ phase, samples }) => {
          const notes = [...failed.values(), ...samples.notes];
          return phase.tables.map((table, index) =>
            tableOf(table, samples.series(index), notes, phase.compared),
          );
        }),
    };
  };
  return { name, begin };
}

function samplesOf({ steps }: Phase, chains: readonly Chain[]): Samples {
  return new Samples(chains.flatMap(({ name }) => Object.keys(steps).map((suffix) => `${name}${suffix}`)));
}

async function withChains(
  bench: Bench,
  chains: readonly Chain[],
  failed: Map<string, string>,
  wire: Wire | undefined,
  task: (running: readonly RunningChain[]) => Promise<void>,
): Promise<void> {
  const running: RunningChain[] = [];
  try {
    for (const chain of chains.filter(({ name }) => !failed.has(name))) {
      try {
        running.push(await runChain(chain, bench.targets, wire));
      } catch (error) {
        failed.set(chain.name, `${chain.name} did not start: ${(error as Error).message}`);
      }
    }
    await task(running);
  } finally {
    await Promise.all(running.map((chain) => chain.close()));
  }
}

/** Makes a table of what was measured. Whatever has no values is left out of its comparisons. */
export function tableOf(
  plan: TablePlan,
  series: readonly Series[],
  notes: readonly string[],
  suffix = "",
): Table {
  const { id, title, unit, bars = {}, checks, goal, isAlone, note } = plan;
  const own = seriesOf(series, `${subject}${suffix}`);
  const beside = (names: readonly string[], bar: (name: string) => Bar | undefined): Figure[] =>
    names.flatMap((name) => {
      const base = seriesOf(series, `${name}${suffix}`);
      return base.values.length === 0 ? [] : [ratioOf(own, base, bar(name))];
    });
  const peers = isAlone ? [] : [otherBuild, ...tunnelChains.map(({ name }) => name)];
  return {
    id,
    title,
    unit,
    series,
    checks: [...beside(Object.keys(bars), (name) => bars[name]), ...(checks?.(series) ?? [])],
    comparisons: beside(peers, (name) => (name === otherBuild ? undefined : goal)),
    notes: [...notes, ...(note === undefined ? [] : [note])],
  };
}
