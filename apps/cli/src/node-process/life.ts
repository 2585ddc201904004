import type { Logger } from "pino";
import { maxUncaughtPerMinute } from "./limits.js";

export interface LifeOptions {
  readonly log: Logger;
  /** Called once, at the first signal to end. */
  readonly onEnd: () => void;
  /** Whether a closed terminal ends the node. */
  readonly endsWithTerminal: boolean;
}

const minuteMs = 60_000;
const brokenExitCode = 70;

/**
 * Binds a node's process to signals: the first SIGTERM or SIGINT ends it in good order, the second at once.
 * An error nobody caught is logged and the node lives on, unless they come in numbers.
 */
export function watchLife({ log, onEnd, endsWithTerminal }: LifeOptions): void {
  let isEnding = false;
  const end = (signal: NodeJS.Signals): void => {
    if (isEnding) process.exit(128 + (signal === "SIGINT" ? 2 : 15));
    isEnding = true;
    log.info({ signal }, "Ending");
    onEnd();
  };
  process.on("SIGTERM", end).on("SIGINT", end);
  process.on("SIGHUP", endsWithTerminal ? end : () => {});
  const times: number[] = [];
  const survive = (error: unknown): void => {
    log.error({ err: error }, "An error was not handled");
    const now = Date.now();
    times.push(now);
    while (times[0] !== undefined && times[0] < now - minuteMs) times.shift();
    if (times.length > maxUncaughtPerMinute) process.exit(brokenExitCode);
  };
  process.on("uncaughtException", survive).on("unhandledRejection", survive);
}
