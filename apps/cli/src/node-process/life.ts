import type { Logger } from "pino";
import { onTerminalClosed } from "../process-signals.js";
import { maxUncaughtPerMinute } from "./limits.js";

export interface LifeOptions {
  readonly log: Logger;
  /** How long open streams may go on after SIGTERM, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** Whether a closed terminal ends the node. */
  readonly endsWithTerminal: boolean;
}

/** The end of a node's process. */
export interface Life {
  /** Resolves when the node shall end, with the time its open streams get, in milliseconds. */
  readonly ended: Promise<number>;
  /** Ends the node from within; the later of two calls changes nothing. */
  end(graceMs: number): void;
}

const minuteMs = 60_000;
const brokenExitCode = 70;
const interruptedExitCode = 130;

/**
 * Binds a node's process to signals. SIGTERM drains; SIGINT ends at once, in good order; a second signal ends without order.
 * An error nobody caught is logged and the node lives on, unless they come in numbers.
 */
export function watchLife({ log, drainTimeoutMs, endsWithTerminal }: LifeOptions): Life {
  let resolve: (graceMs: number) => void = () => {};
  const ended = new Promise<number>((done) => {
    resolve = done;
  });
  let isEnding = false;
  const end = (graceMs: number, signal?: NodeJS.Signals): void => {
    if (isEnding && signal !== undefined) process.exit(interruptedExitCode);
    isEnding = true;
    log.info({ signal, graceMs }, "Ending");
    resolve(graceMs);
  };
  process.on("SIGTERM", (signal) => end(drainTimeoutMs, signal));
  process.on("SIGINT", (signal) => end(0, signal));
  if (endsWithTerminal) onTerminalClosed((signal) => end(0, signal));
  else process.on("SIGHUP", () => {});
  surviveErrors(log);
  return { ended, end };
}

function surviveErrors(log: Logger): void {
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
