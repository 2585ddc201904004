import { prettyFactory } from "pino-pretty";
import type { CommandContext } from "../framework/context.js";
import { prettyOptions } from "../node-process/telemetry/pretty-options.js";

/** Prints lines of logs: as they are where JSON is asked for, else as the log of a node in a terminal looks. */
export function recordPrinter({
  environment,
  settings,
  print,
}: CommandContext): (line: string) => Promise<void> {
  if (settings.output === "json" || environment.logFormat === "json") return print;
  const colorize = !settings.noColor && process.stdout.isTTY === true;
  const write = prettyFactory({ ...prettyOptions, colorize });
  return (line) => print(write(line).trimEnd());
}
