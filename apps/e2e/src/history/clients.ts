import { setTimeout as sleep } from "node:timers/promises";
import { failurePauseMs } from "./limits.js";
import type { StreamHistory } from "./stream-history.js";
import { planStream, type StreamPlan } from "./stream-plan.js";
import type { TransferContext } from "./transfer.js";
import { visit } from "./visit.js";

export interface ClientsOptions {
  readonly seed: number;
  readonly clients: number;
  /** The inlet's port. */
  readonly port: number;
  readonly history: StreamHistory;
  readonly context: TransferContext;
  /** Plans each stream. Default: {@link planStream}. */
  readonly plan?: ((seed: number, client: number, index: number) => StreamPlan) | undefined;
}

/** Clients that make streams one after another. */
export interface Clients {
  /** No new streams; resolves when those that are open are over. */
  stop(): Promise<void>;
  /** Goes on, each client with its next stream. */
  start(): void;
}

/** Makes clients; they begin with `start`. */
export function makeClients(options: ClientsOptions): Clients {
  const { seed, clients, port, history, context, plan: planNext = planStream } = options;
  const next = new Array<number>(clients).fill(0);
  let isRunning = false;
  let running: Promise<void>[] = [];
  const run = async (client: number): Promise<void> => {
    while (isRunning) {
      const index = next[client] ?? 0;
      next[client] = index + 1;
      const plan = planNext(seed, client, index);
      await sleep(plan.restMs);
      if (!isRunning) return;
      const { failure } = await visit(plan, port, history, context);
      if (failure !== undefined) await sleep(failurePauseMs);
    }
  };
  return {
    start: () => {
      isRunning = true;
      running = next.map((_, client) => run(client));
    },
    stop: async () => {
      isRunning = false;
      await Promise.all(running);
    },
  };
}
