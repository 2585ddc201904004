import { CliError } from "./cli-error.js";
import { formatDuration, parseDuration } from "./syntax/duration.js";

/** Every environment variable Culvert reads, with what it does. `culvert environment` prints this table. */
export const environmentVariables = {
  CULVERT_HOME: "Folder for all state. Default: the platform's folder for application data",
  CULVERT_LOG_LEVEL:
    "trace, debug, info, warn or error: how much nodes log. debug and trace are worth -v and -vv to commands. Default: info",
  CULVERT_LOG_FORMAT:
    "pretty (for people) or json (one object per line): what terminals and node logs show; log files have json. Default: pretty",
  CULVERT_DEFAULT_TIMEOUT: "Longest wait for a node or a reply, such as 10s. Default: 10s",
  CULVERT_DRAIN_TIMEOUT:
    "How long streams may go on after a node was told to end, at most 3s, because node stop kills it after 5s. Default: 2500ms",
  CULVERT_PASSPHRASE_FILE:
    "File with the passphrase of vaults, for those that have one and for new ones. Default: new vaults have none, and others are asked for on a terminal",
  CULVERT_TICKET: "The ticket that enroll uses when none is given. Nodes do not get it",
  CULVERT_RELAY: "The relay that share uses when none is given, such as relay.example.org:7000",
  QUIET: "Silences progress, warnings and logs, as --quiet does",
  NO_COLOR: "Turns colours off, as --no-color does",
  NO_INPUT: "Never asks, as --no-input does",
} as const;

/** The value of each variable as it counts, with what stands in its place where it is not there; nothing where that is nothing. */
export function effectiveValues(
  environment: Environment,
  home: string,
): Readonly<Record<EnvironmentVariable, string | null>> {
  const switchOf = (isOn: boolean): string | null => (isOn ? "1" : null);
  return {
    CULVERT_HOME: home,
    CULVERT_LOG_LEVEL: environment.logLevel ?? "info",
    CULVERT_LOG_FORMAT: environment.logFormat,
    CULVERT_DEFAULT_TIMEOUT: formatDuration(environment.defaultTimeoutMs),
    CULVERT_DRAIN_TIMEOUT: formatDuration(environment.drainTimeoutMs),
    CULVERT_PASSPHRASE_FILE: environment.passphraseFile ?? null,
    // Whoever has it can use it.
    CULVERT_TICKET: environment.ticket === undefined ? null : "(hidden)",
    CULVERT_RELAY: environment.relay ?? null,
    QUIET: switchOf(environment.quiet),
    NO_COLOR: switchOf(environment.noColor),
    NO_INPUT: switchOf(environment.noInput),
  };
}

/** The name of an environment variable Culvert reads. */
export type EnvironmentVariable = keyof typeof environmentVariables;

/** How much is logged; each level holds those after it. */
export const logLevels = ["trace", "debug", "info", "warn", "error"] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** How log lines look: for people, or one JSON object per line. */
export type LogFormat = "pretty" | "json";

/** What the environment asks for, checked. */
export interface Environment {
  /** The folder for all state; absent for the platform's. */
  readonly home: string | undefined;
  readonly logLevel: LogLevel | undefined;
  readonly logFormat: LogFormat;
  /** Longest wait for a node or a reply, in milliseconds. Default 10,000: longer than any healthy path. */
  readonly defaultTimeoutMs: number;
  /** How long open streams may go on after a node was told to end, in milliseconds. Default 2,500. */
  readonly drainTimeoutMs: number;
  /** The file with the passphrase of vaults. */
  readonly passphraseFile: string | undefined;
  /** A secret. */
  readonly ticket: string | undefined;
  /** Where shares are relayed. */
  readonly relay: string | undefined;
  readonly quiet: boolean;
  readonly noColor: boolean;
  readonly noInput: boolean;
}

const defaultTimeoutText = "10s";

/** 2.5 s: time for what is nearly through, and half of what `node stop` waits before it kills. */
const defaultDrainText = "2500ms";

/** Longest drain, in milliseconds. 3,000: `node stop` kills after 5,000, and closing takes up to 1,000 for relays and 500 for logs. */
const maxDrainMs = 3000;

/**
 * Reads the variables of {@link environmentVariables}. A value that is there but wrong is an error, never ignored.
 *
 * @throws CliError USAGE_INVALID
 */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const read = (name: EnvironmentVariable): string | undefined => variables[name] || undefined;
  return {
    home: read("CULVERT_HOME"),
    logLevel: oneOf("CULVERT_LOG_LEVEL", logLevels, read("CULVERT_LOG_LEVEL")),
    logFormat:
      oneOf("CULVERT_LOG_FORMAT", ["pretty", "json"] as const, read("CULVERT_LOG_FORMAT")) ?? "pretty",
    defaultTimeoutMs: parseDuration(
      read("CULVERT_DEFAULT_TIMEOUT") ?? defaultTimeoutText,
      "CULVERT_DEFAULT_TIMEOUT",
    ),
    drainTimeoutMs: readDrain(read("CULVERT_DRAIN_TIMEOUT") ?? defaultDrainText),
    passphraseFile: read("CULVERT_PASSPHRASE_FILE"),
    ticket: read("CULVERT_TICKET"),
    relay: read("CULVERT_RELAY"),
    quiet: isSwitchedOn(read("QUIET")),
    noColor: read("NO_COLOR") !== undefined,
    noInput: isSwitchedOn(read("NO_INPUT")),
  };
}

function readDrain(text: string): number {
  const drainMs = parseDuration(text, "CULVERT_DRAIN_TIMEOUT", { leastMs: 0 });
  if (drainMs <= maxDrainMs) return drainMs;
  throw new CliError("USAGE_INVALID", `Cannot use CULVERT_DRAIN_TIMEOUT=${text}: it is longer than 3s`, {
    hint: "Give a duration from 0s to 3s",
  });
}

function oneOf<T extends string>(
  name: EnvironmentVariable,
  values: readonly T[],
  text: string | undefined,
): T | undefined {
  if (text === undefined) return undefined;
  const value = values.find((candidate) => candidate === text.toLowerCase());
  if (value !== undefined) return value;
  throw new CliError("USAGE_INVALID", `Cannot use ${name}=${text}: it is none of ${values.join(", ")}`);
}

function isSwitchedOn(text: string | undefined): boolean {
  return text !== undefined && !["0", "false", "no", "off"].includes(text.toLowerCase());
}
