import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onFinished } from "../harness/on-finished.js";
import { clientProcesses } from "./limits.js";
import type { ClientsReport, ClientsTask } from "./messages.js";

/** Relay clients in processes of their own, each on a TCP connection of its own. */
export interface Clients {
  /** When the attempts were due that brought connections back after `since`; whether or not the processes were late. */
  dueSince(since: number): readonly number[];
  /** Resolves when all of them are up, with the time at which the last one was, in milliseconds since 1970. */
  untilAllUp(timeoutMs: number): Promise<number>;
}

/** Starts clients; they end with the running program. */
export function startClients(relay: string, count: number): Clients {
  const share = Math.ceil(count / clientProcesses);
  const reports = new Map<number, ClientsReport>();
  const dueAt: number[] = [];
  const watchers = new Set<() => void>();
  const up = (): number => [...reports.values()].reduce((sum, report) => sum + report.up, 0);
  for (let first = 0; first < count; first += share) {
    const task: ClientsTask = { relay, first, count: Math.min(share, count - first) };
    const child = fork(fileURLToPath(new URL("./clients-process.js", import.meta.url)), { stdio: "inherit" });
    onFinished(() => void child.kill("SIGKILL"));
    child.on("message", (report) => {
      reports.set(first, report as ClientsReport);
      dueAt.push(...(report as ClientsReport).dueAt);
      for (const watcher of [...watchers]) watcher();
    });
    child.send(task);
  }
  const until = (isSo: () => boolean, what: string, timeoutMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        watchers.delete(look);
        if (error === undefined) resolve();
        else reject(error);
      };
      const look = (): void => {
        if (isSo()) settle();
      };
      const timer = setTimeout(() => {
        settle(new Error(`Waited ${timeoutMs} ms in vain: ${what}, ${up()} of ${count} are up`));
      }, timeoutMs);
      watchers.add(look);
      look();
    });
  return {
    dueSince: (since) => dueAt.filter((at) => at >= since).sort((one, other) => one - other),
    async untilAllUp(timeoutMs) {
      await until(() => up() === count, "all clients are up", timeoutMs);
      return Math.max(...[...reports.values()].map(({ at }) => at));
    },
  };
}
