import { finished } from "node:stream/promises";
import { type Logger, pino } from "pino";
import pretty from "pino-pretty";
import { createStream } from "rotating-file-stream";
import type { Environment, LogLevel } from "../../environment.js";
import { makePrivateFolder } from "../../state/home.js";
import { logFlushTimeoutMs, logRetryMs, maxLogFileSize, maxLogFiles } from "../limits.js";
import { LastingStream } from "./lasting-stream.js";
import { logFileName, oldLogFileName } from "./log-file-name.js";
import { prettyOptions } from "./pretty-options.js";

/** The log of a node. */
export interface NodeLog {
  readonly logger: Logger;
  /** Waits for the last lines, a bounded time. */
  close(): Promise<void>;
}

export interface NodeLogOptions {
  readonly environment: Environment;
  /** The level when the environment names none. */
  readonly level: LogLevel | "silent";
}

/**
 * A log in files of bounded size, for a background node: one JSON object per line, whatever form others are shown. A disk that is full costs lines, never the node, and not those after it.
 */
export function openFileLog(folder: string, options: NodeLogOptions): NodeLog {
  makePrivateFolder(folder);
  const fileName = (index: number | Date | null): string =>
    index ? oldLogFileName(Number(index)) : logFileName;
  const stream = new LastingStream({
    open: () =>
      createStream(fileName, { path: folder, size: maxLogFileSize, rotate: maxLogFiles, mode: 0o600 }),
    pauseMs: logRetryMs,
    onHealed: (lost) => logger.warn({ lost }, "Lines of the log were lost: they could not be written"),
  });
  const logger = createLogger(options, stream);
  return {
    logger,
    async close() {
      stream.end();
      await finished(stream, { signal: AbortSignal.timeout(logFlushTimeoutMs) }).catch(() => {});
    },
  };
}

/** A log on standard error, for a node in a terminal. */
export function openTerminalLog(options: NodeLogOptions & { readonly useColours: boolean }): NodeLog {
  const isPretty = options.environment.logFormat === "pretty";
  const destination = isPretty
    ? pretty({ ...prettyOptions, colorize: options.useColours, destination: 2, sync: true })
    : pino.destination({ dest: 2, sync: true });
  return { logger: createLogger(options, destination), close: () => Promise.resolve() };
}

function createLogger({ environment, level }: NodeLogOptions, destination: pino.DestinationStream): Logger {
  return pino(
    {
      level: environment.logLevel ?? level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: withoutUnprintable },
    },
    destination,
  );
}

/** JSON escapes C0 codes, and leaves C1 codes and turned writing, which terminals obey too, as they are. */
function withoutUnprintable(line: string): string {
  return line.replace(/[\u007f-\u009f\u2028\u2029\p{Cf}]/gu, " ");
}
