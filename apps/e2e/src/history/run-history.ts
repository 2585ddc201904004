import { setTimeout as sleep } from "node:timers/promises";
import { Chain } from "../engine/chain.js";
import { Pace } from "../engine/side.js";
import { eventually, within } from "../harness/waiting.js";
import { grownLevels, type Levels, readLevels } from "./levels.js";
import { type FaultChoice, type PlannedFault, planFaults, planStream } from "./plans.js";
import { StreamHistory, standstillLimitMs } from "./stream-history.js";

/** What a run is made of. */
export interface HistoryOptions {
  readonly seed: number;
  /** How long faults come, in minutes. */
  readonly minutes: number;
  readonly clients: number;
  /** Which faults come. Default: all. */
  readonly choice?: FaultChoice;
  /** Load before the first levels are taken, in milliseconds. Default 15,000: buffers and compilers have settled. */
  readonly warmUpMs?: number;
  /** Told now and then how far the run is. */
  readonly onProgress?: (text: string) => void;
}

/** All that a run found out. */
export interface HistoryReport {
  readonly history: StreamHistory;
  /** Each fault, and how long it took from its end until a fresh stream was exact, in milliseconds. */
  readonly faults: readonly { readonly kind: string; readonly recoveryMs: number }[];
  readonly before: Levels;
  readonly after: Levels;
}

/** What all senders together may send, in bytes a second: about half of one processor, so that other work can go on beside it. */
const paceBytesPerSecond = 20_000_000;

/** Longest wait for a fresh stream to be exact after a fault was taken back, in milliseconds. The slowest promise is 15 s. */
const recoveryLimitMs = 15_000;

/** Pause between two looks at levels, in milliseconds. */
const levelPauseMs = 500;

/** Pause between two probes of the way back, in milliseconds. */
const probePauseMs = 200;

/** Longest wait for all streams to be over and all levels to be as before, in milliseconds: a standstill and margin. */
const settleLimitMs = standstillLimitMs + 30_000;

/** Runs three nodes, clients and faults for a while, and judges what came of every stream. All ends with the test or program. */
export async function runHistory(options: HistoryOptions): Promise<HistoryReport> {
  const { seed, minutes, warmUpMs = 15_000, choice, onProgress } = options;
  const history = new StreamHistory();
  const chain = await Chain.open({ streams: history.streams });
  const clients = makeClients(chain, options);
  const tell = (text: string): void => {
    const megabytes = Math.round(history.receivedBytes / 1e6);
    onProgress?.(
      `${Math.round(history.now() / 1_000)} s, ${megabytes} MB, ${history.violationCount} violations; ${text}`,
    );
  };
  tell("warming up without faults");
  clients.start();
  await sleep(warmUpMs);
  await clients.stop();
  let before = await readLevels(chain);
  // A request to a node must be over when its sockets are counted, and nothing may still be on its way.
  const isStill = async (): Promise<boolean> => {
    await sleep(levelPauseMs);
    const last = before;
    before = await readLevels(chain);
    return (
      !before["near open_streams"] && !before["far open_streams"] && grownLevels(last, before).length === 0
    );
  };
  await eventually("all is over before the faults", isStill, settleLimitMs).catch((error: Error) => {
    history.violate(`${error.message}: ${JSON.stringify(before)}`);
  });
  clients.start();
  const endsAt = performance.now() + minutes * 60_000;
  const faults: HistoryReport["faults"][number][] = [];
  for (const planned of planFaults(chain, seed, choice)) {
    await sleep(planned.gapMs);
    if (performance.now() > endsAt) break;
    tell(`${planned.fault.kind} (${planned.where})`);
    faults.push(await runFault(planned, chain, history));
  }
  tell("waiting for all streams to be over");
  const stopped = clients.stop();
  await eventually("all streams are over", () => history.openStreams === 0, settleLimitMs).catch(() => {});
  await within("the clients end", stopped, 10_000).catch(() => {});
  let after = before;
  const isAsBefore = async (): Promise<boolean> => {
    await sleep(levelPauseMs);
    after = await readLevels(chain);
    return grownLevels(before, after).length === 0;
  };
  await eventually("levels are as before", isAsBefore, settleLimitMs).catch(() => {});
  for (const grown of grownLevels(before, after)) history.violate(`a level is not as before: ${grown}`);
  history.finish();
  return { history, faults, before, after };
}

/** Lets a fault come and go, and waits until it is forgotten. */
async function runFault(
  { fault, where, lastsMs }: PlannedFault,
  chain: Chain,
  history: StreamHistory,
): Promise<HistoryReport["faults"][number]> {
  const { kind, costs, kills } = fault;
  const forget = history.beginFault({ kind, costs, kills });
  try {
    await fault.begin();
    await sleep(lastsMs);
  } finally {
    await fault.mend();
  }
  const restoredAt = history.now();
  // Counted in probes, so that time in which this process itself stood still does not count.
  const most = recoveryLimitMs / probePauseMs;
  let isBack = false;
  for (let probes = 0; probes < most && !isBack; probes++) {
    const probe = chain.probe().then(
      () => {
        isBack = true;
      },
      () => {},
    );
    await Promise.race([probe, sleep(probePauseMs)]);
  }
  if (!isBack)
    history.violate(`no fresh stream was exact within ${recoveryLimitMs} ms after ${kind} (${where})`);
  forget();
  return { kind, recoveryMs: history.now() - restoredAt };
}

/** Clients that make streams one after another; each goes on with its next stream when they start again. */
function makeClients({ streams, enter }: Chain, { seed, clients }: HistoryOptions) {
  const next = new Array<number>(clients).fill(0);
  const pace = new Pace(paceBytesPerSecond);
  let isRunning = false;
  let running: Promise<void>[] = [];
  const run = async (client: number): Promise<void> => {
    while (isRunning) {
      const index = next[client] ?? 0;
      next[client] = index + 1;
      const { restMs, ...plan } = planStream(seed, client, index, pace);
      await sleep(restMs);
      if (!isRunning) return;
      const { visitor } = await streams.begin(plan, enter);
      if (!visitor.socket.closed) await new Promise((resolve) => visitor.socket.once("close", resolve));
      // Nobody dials a dead port in a loop.
      if (visitor.failure !== undefined) await sleep(500);
    }
  };
  const start = (): void => {
    isRunning = true;
    running = next.map((_, client) => run(client));
  };
  /** No new streams; resolves when those that are open are over. */
  const stop = async (): Promise<void> => {
    isRunning = false;
    await Promise.all(running);
  };
  return { start, stop };
}
