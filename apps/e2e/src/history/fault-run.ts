import { setTimeout as sleep } from "node:timers/promises";
import type { PlannedFault } from "./fault-plan.js";
import { type Breakable, faultAction } from "./faults.js";
import { maxClients, probePauseMs, recoveryLimitMs } from "./limits.js";
import type { StreamHistory } from "./stream-history.js";
import { planProbe } from "./stream-plan.js";
import type { TransferContext } from "./transfer.js";
import { visit } from "./visit.js";

export interface FaultRunOptions {
  readonly seed: number;
  readonly faults: Iterable<PlannedFault>;
  readonly system: Breakable;
  readonly history: StreamHistory;
  readonly context: TransferContext;
  /** Ends the run before the next fault. */
  readonly signal: AbortSignal;
  readonly onFault?: (text: string) => void;
}

/** A fault that came. Times in milliseconds. */
export interface DoneFault {
  readonly kind: string;
  readonly detail: string;
  readonly at: number;
  /** From when it was taken back until a fresh stream was exact. */
  readonly recoveryMs: number;
}

/** Most probes of one fault: their numbers must differ. */
const probesPerFault: number = Math.ceil(recoveryLimitMs / probePauseMs) + 1;

/** Lets one fault come after another, each when the one before is over and forgotten, until the signal or one that cannot be taken back. */
export async function runFaults(options: FaultRunOptions): Promise<readonly DoneFault[]> {
  const { faults, signal } = options;
  const done: DoneFault[] = [];
  for (const fault of faults) {
    await sleep(fault.gapMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    try {
      done.push(await runFault(fault, options, done.length));
    } catch (error) {
      options.history.violate(`the fault "${fault.kind}" could not be taken back: ${String(error)}`);
      break;
    }
  }
  return done;
}

async function runFault(fault: PlannedFault, options: FaultRunOptions, index: number): Promise<DoneFault> {
  const { system, history, onFault } = options;
  const { costs, detail, run } = faultAction(fault, system);
  const { kind } = fault;
  const at = history.now();
  const entry = history.beginFault({ kind, detail, costs });
  onFault?.(`${kind} (${detail})`);
  await run({ onKilled: (node) => history.updateFault(entry, { killed: { node, at: history.now() } }) });
  const restoredAt = history.now();
  history.updateFault(entry, { restoredAt });
  const isBack = await probeUntilExact(options, index);
  const until = history.now();
  history.updateFault(entry, { until });
  const recoveryMs = until - restoredAt;
  if (!isBack)
    history.violate(`no fresh stream was exact within ${recoveryLimitMs} ms after: ${kind} (${detail})`);
  return { kind, detail, at, recoveryMs };
}

/** Begins small streams, again and again, until one is exact. One that hangs does not hold up the next. */
function probeUntilExact(options: FaultRunOptions, fault: number): Promise<boolean> {
  const { seed, history, context, system } = options;
  let probes = 0;
  return new Promise((resolve) => {
    const settle = (isBack: boolean): void => {
      clearInterval(timer);
      resolve(isBack);
    };
    const probe = async (): Promise<void> => {
      const plan = planProbe(seed, maxClients, fault * probesPerFault + probes++);
      const { receivedBytes, receivedEndAt } = await visit(plan, system.portal.port, history, context);
      if (receivedEndAt !== undefined && receivedBytes === plan.downloadBytes) settle(true);
    };
    // Counted in probes, so that time in which this process itself stood still does not count.
    const timer = setInterval(() => {
      if (probes * probePauseMs >= recoveryLimitMs) settle(false);
      else void probe();
    }, probePauseMs);
    void probe();
  });
}
