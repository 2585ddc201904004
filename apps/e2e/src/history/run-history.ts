import { setTimeout as sleep } from "node:timers/promises";
import { Chain } from "../engine/chain.js";
import { Pace } from "../engine/side.js";
import { eventually, firstServed, within } from "../harness/waiting.js";
import { grownLevels, type Levels, readLevels } from "./levels.js";
import { type FaultChoice, planFaults, planStream } from "./plans.js";
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

/** Longest wait for all streams to be over and all levels to be as before, in milliseconds: a standstill and margin. */
const settleLimitMs = standstillLimitMs + 30_000;

/** Runs three nodes, clients and faults for a while, and judges what came of every stream. All ends with the test or program. */
export async function runHistory(options: HistoryOptions): Promise<HistoryReport> {
  const { seed, minutes, warmUpMs = 15_000, choice, onProgress = () => {} } = options;
  const history = new StreamHistory();
  const chain = await Chain.open({ streams: history.streams });
  const clients = makeClients(chain, options);
  const tell = (text: string): void =>
    onProgress(`${Math.round(history.now() / 1_000)} s, ${history.violations.length} violations; ${text}`);
  tell("warming up without faults");
  clients.start();
  await sleep(warmUpMs);
  await clients.stop();
  /** Waits until levels are as they were, or as they were a moment ago; says what is not. */
  const settle = async (goal?: Levels): Promise<Levels> => {
    let levels = goal ?? (await readLevels(chain));
    let grown: readonly string[] = [];
    const isSettled = async (): Promise<boolean> => {
      await sleep(levelPauseMs);
      const before = goal ?? levels;
      levels = await readLevels(chain);
      grown = grownLevels(before, levels);
      return grown.length === 0 && !levels["near open_streams"] && !levels["far open_streams"];
    };
    await eventually("levels settle", isSettled, settleLimitMs).catch((error: Error) => {
      for (const what of [error.message, ...grown]) history.violate(what);
    });
    return levels;
  };
  const before = await settle();
  clients.start();
  const endsAt = performance.now() + minutes * 60_000;
  const faults: HistoryReport["faults"][number][] = [];
  for (const { fault, where, lastsMs, gapMs } of planFaults(chain, seed, choice)) {
    await sleep(gapMs);
    if (performance.now() > endsAt) break;
    const { kind, costs, kills } = fault;
    tell(`${kind} (${where})`);
    await history.during({ kind, costs, kills }, async () => {
      await fault.begin();
      await sleep(lastsMs);
      await fault.mend?.();
      const mendedAt = history.now();
      await firstServed(chain.probe);
      const recoveryMs = history.now() - mendedAt;
      if (recoveryMs > recoveryLimitMs)
        history.violate(`${kind} (${where}): back after ${recoveryMs} ms only`);
      faults.push({ kind, recoveryMs });
    });
  }
  tell("waiting for all streams to be over");
  const stopped = clients.stop();
  await eventually("all streams are over", () => history.openStreams === 0, settleLimitMs).catch(() => {});
  await within("the clients end", stopped, 10_000).catch(() => {});
  const after = await settle(before);
  history.finish();
  return { history, faults, before, after };
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
