import { Chain, type SidePortal } from "../engine/chain.js";
import type { Injection } from "../engine/recovery.js";
import { inScope } from "../harness/on-finished.js";
import type { Target } from "../harness/targets.js";

/** The longest times that pass, in milliseconds. */
export const barMs = {
  /** A broken connection, or a corrupt state, must be told. */
  told: 1_000,
  /** A peer that fell silent must count as dead (design, section 4). */
  dead: 15_000,
  /** Service must be back after a killed relay listens again, a node that did not stop, or that listens again. */
  served: 3_000,
  /** Service must be back after a line that was cut carries again. */
  lineBack: 5_000,
  /** An error must be told, beside what starting the command takes. */
  error: 500,
} as const;

/** A fault of the failure matrix, as it is told. */
export interface RowText {
  /** Short and stable: `relay-killed`. */
  readonly id: string;
  readonly fault: string;
  /** The longest times that pass, in milliseconds. */
  readonly bars: { readonly detectMs?: number; readonly recoverMs?: number };
  /** The promises that it proves, each as `[id]` of `requirements.ts`. The tests inject rows that prove something. Default: none. */
  readonly proves?: string;
  /** How often the tests inject it. Default: once. */
  readonly tries?: number;
}

/** What a fault is injected into: a chain and what belongs to it. */
export interface Opened {
  readonly chain: Chain;
}

/** A chain, and a portal over its nodes to a target of the row's own. */
export interface SideChain<T extends Pick<Target, "port"> = Target> extends Opened {
  readonly side: SidePortal;
  readonly target: T;
}

/** Opens a chain with a portal to a target. */
export async function openSide<T extends Pick<Target, "port">>(
  start: () => Promise<T>,
): Promise<SideChain<T>> {
  const [chain, target] = [await Chain.open(), await start()];
  return { chain, target, side: await chain.openSidePortal(target.port) };
}

/** How a row is made. */
export interface RowPlan<C extends Opened> extends RowText {
  /** Starts what the fault is injected into. It ends by itself. Default: a chain alone. */
  readonly open?: () => Promise<C>;
  /** Injects the fault once, and leaves what it was injected into as it was. */
  readonly inject: (opened: C, round: number) => Promise<Injection>;
  /** Checks something after all injections, beside the health of the nodes. */
  readonly settle?: (opened: C) => void;
  /** What nodes may log as an error. */
  readonly mayLog?: string;
  /** All injections begin at once: for faults that mean waiting. Default: one after the other. */
  readonly isParallel?: true;
  /** How many injections there are when so many are asked for. Default: as many. */
  readonly injections?: (asked: number) => number;
  /** It takes root. */
  readonly needsRoot?: true;
}

/** A row of the table. */
export interface Row extends RowText {
  /** Why it cannot be injected on this machine; nothing when it can. */
  readonly missing: string | undefined;
  readonly proves: string;
  readonly tries: number;
  injections(asked: number): number;
  /** Injects the fault so many times, and tells of each. */
  run(injections: number, tell: (injection: Injection) => void): Promise<void>;
}

/** Makes a row. After an injection that fails, the next one gets nodes of its own. */
export function row<C extends Opened = Opened>(plan: RowPlan<C>): Row {
  const { isParallel, mayLog, open = async () => ({ chain: await Chain.open() }) as C } = plan;
  const injectOnce = (opened: C, round: number): Promise<Injection> =>
    inScope(() => plan.inject(opened, round)).catch(failed);

  /** Injects into one chain as long as that works, or until there were enough. */
  const runOnChain = async (from: number, to: number, tell: (one: Injection) => void): Promise<void> => {
    const opened = await open();
    for (let round = from; round < to; ) {
      const rounds = Array.from({ length: isParallel ? to - round : 1 }, (_, index) => round + index);
      const results = await Promise.all(rounds.map((each) => injectOnce(opened, each)));
      for (const result of results) tell(result);
      if (results.some(({ failure }) => failure !== undefined)) break;
      round += rounds.length;
    }
    await opened.chain.checkHealth(mayLog);
    plan.settle?.(opened);
  };

  return {
    ...{ proves: "", tries: 1 },
    ...plan,
    missing: plan.needsRoot && process.getuid?.() !== 0 ? "it takes root" : undefined,
    injections: plan.injections ?? ((asked) => asked),
    run: async (injections, tell) => {
      for (let done = 0; done < injections; ) {
        const before = done;
        const count = (one: Injection): void => {
          done++;
          tell(one);
        };
        await inScope(() => runOnChain(before, injections, count)).catch((error: unknown) => {
          // What went wrong after the injections is told beside them.
          (done === before ? count : tell)(failed(error));
        });
      }
    },
  };
}

function failed(error: unknown): Injection {
  return { failure: error instanceof Error ? error.message : String(error) };
}
