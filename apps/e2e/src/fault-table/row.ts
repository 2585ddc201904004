import { runAsProgram } from "../harness/on-finished.js";

/** What one injection of a fault did. Times in milliseconds; Infinity when it never came. */
export interface Injection {
  /** From the fault to the moment somebody was told; absent where nobody has to be. */
  readonly detectMs?: number;
  /** From the end of the fault to full service; absent where service never stopped. */
  readonly recoverMs?: number;
  /** Bytes missing or changed on streams whose end was in good order. */
  readonly lostBytes: number;
  /** What else is worth telling: `4 streams whole, 1 reset`. */
  readonly note?: string;
  /** What went wrong instead of being measured. */
  readonly failure?: string;
}

/** The longest times that pass, in milliseconds. */
export interface Bars {
  readonly detectMs?: number;
  readonly recoverMs?: number;
}

/** What a row says about itself. */
export interface RowText {
  /** Short and stable: `relay-killed`. */
  readonly id: string;
  readonly fault: string;
  /** What counts as detected. */
  readonly detected: string;
  /** What counts as recovered. */
  readonly recovered: string;
  readonly bars: Bars;
}

/** A fault of the failure matrix. */
export interface Row extends RowText {
  /** Why it cannot be injected on this machine; nothing when it can. */
  missing(): string | undefined;
  /** How many injections there are when so many are asked for. */
  injections(repeat: number): number;
  /** Injects the fault so many times, and tells of each. */
  run(injections: number, onInjection: (injection: Injection) => void): Promise<void>;
}

/** How a row is made. */
export interface RowPlan<Chain> extends RowText {
  /** Starts what the fault is injected into. It ends by itself. */
  readonly open: () => Promise<Chain>;
  /** Injects the fault once, and leaves what it was injected into as it was. */
  readonly inject: (chain: Chain, round: number) => Promise<Injection>;
  /** Checks, after all injections, that nothing grew or died. */
  readonly settle?: (chain: Chain) => Promise<void>;
  /** All injections begin at once: for faults that mean waiting. Default: one after the other. */
  readonly isParallel?: boolean;
  /** Default: as many as are asked for. */
  readonly injections?: (repeat: number) => number;
  readonly missing?: () => string | undefined;
}

/** Makes a row. After an injection that fails, the next one gets nodes of its own. */
export function defineRow<Chain>(plan: RowPlan<Chain>): Row {
  const { id, fault, detected, recovered, bars, isParallel = false } = plan;
  const injectOnce = (chain: Chain, round: number): Promise<Injection> =>
    runAsProgram(() => plan.inject(chain, round)).catch(failedInjection);

  /** Injects into one chain as long as that works, or until there were enough. */
  const runOnChain = async (from: number, to: number, tell: (one: Injection) => void): Promise<void> => {
    const chain = await plan.open();
    let round = from;
    for (let failed = false; round < to && !failed; ) {
      const size = isParallel ? to - round : 1;
      const rounds = Array.from({ length: size }, (_, index) => round + index);
      const results = await Promise.all(rounds.map((each) => injectOnce(chain, each)));
      for (const result of results) tell(result);
      failed = results.some(({ failure }) => failure !== undefined);
      round += size;
    }
    await plan.settle?.(chain);
  };

  return {
    id,
    fault,
    detected,
    recovered,
    bars,
    missing: plan.missing ?? (() => undefined),
    injections: plan.injections ?? ((repeat) => repeat),
    run: async (injections, onInjection) => {
      let done = 0;
      const tell = (injection: Injection): void => {
        done++;
        onInjection(injection);
      };
      while (done < injections) {
        const before = done;
        await runAsProgram(() => runOnChain(before, injections, tell)).catch((error: unknown) => {
          // What went wrong after the injections is told beside them.
          (done === before ? tell : onInjection)(failedInjection(error));
        });
      }
    },
  };
}

function failedInjection(error: unknown): Injection {
  return { lostBytes: 0, failure: error instanceof Error ? error.message : String(error) };
}
