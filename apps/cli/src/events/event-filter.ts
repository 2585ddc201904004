import { CliError } from "../cli-error.js";
import { type LogLevel, logLevels } from "../environment.js";
import type { OptionDefinition } from "../framework/command.js";
import type { CommandInput } from "../framework/input.js";
import { parseDuration } from "../syntax/duration.js";

/** Which lines of a log are wanted. */
export interface EventFilter {
  /** Not before that time, in milliseconds since 1970. */
  readonly sinceMs: number | undefined;
  /** At least so important. */
  readonly level: LogLevel | undefined;
  /** Of things of that name or kind. */
  readonly resource: string | undefined;
  /** Of the visitor of that id, its beginning, or that address. */
  readonly visitor: string | undefined;
}

/** The options that {@link readFilter} reads. */
export const filterOptions: readonly OptionDefinition[] = [
  { flags: "--since <duration>", description: "Not what is older, such as 10m; all when left out" },
  { flags: "--level <level>", description: "At least so important; all when left out", choices: logLevels },
  {
    flags: "--resource <name>",
    description:
      "About a thing of that name, or all of a kind, such as web or tcp-inlet; about all when left out",
  },
  {
    flags: "--visitor <id>",
    description:
      "About one visitor: the id or its beginning, or the visitor's address; about all when left out",
  },
];

/** @throws CliError USAGE_INVALID */
export function readFilter(input: CommandInput): EventFilter {
  const since = input.text("since");
  const level = input.text("level");
  if (level !== undefined && !logLevels.some((known) => known === level)) {
    throw new CliError(
      "USAGE_INVALID",
      `Cannot use --level ${JSON.stringify(level)}: it must be one of ${logLevels.join(", ")}`,
    );
  }
  return {
    sinceMs: since === undefined ? undefined : Date.now() - parseDuration(since, "--since"),
    level: level as LogLevel | undefined,
    resource: input.text("resource"),
    visitor: input.text("visitor"),
  };
}

/** Says whether anything was left out. */
export function isFiltering(filter: EventFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

/** What filters look at in a line of a log, which need not be an event. */
export interface LogRecord {
  readonly time?: unknown;
  readonly level?: unknown;
  readonly resource?: unknown;
  readonly name?: unknown;
  readonly visitor?: unknown;
  readonly from?: unknown;
}

/** Says whether a line is wanted. */
export function isWanted(record: LogRecord, { sinceMs, level, resource, visitor }: EventFilter): boolean {
  const rank = (name: unknown): number => logLevels.indexOf(name as LogLevel);
  if (sinceMs !== undefined && !(Date.parse(String(record.time)) >= sinceMs)) return false;
  if (level !== undefined && rank(record.level) < rank(level)) return false;
  if (resource !== undefined && record.resource !== resource && record.name !== resource) return false;
  if (visitor === undefined) return true;
  return (
    record.from === visitor || (typeof record.visitor === "string" && record.visitor.startsWith(visitor))
  );
}
