import type { LimitSettings } from "../runtime/limits/node-limits.js";
import { isJsonObject, readJsonFile, writeJsonFile } from "./json-file.js";
import type { NodePaths } from "./node-paths.js";
import type { ProcessIdentity } from "./process-identity.js";

/** How a node was created. */
export interface NodeSettings {
  /** When, in milliseconds since 1970. */
  readonly createdAt: number;
  /** Where it listens first, by transport: `127.0.0.1:0`. */
  readonly listeners: Readonly<Record<string, string>>;
  /** The port of its HTTP server, 0 for any; absent when it has none. */
  readonly httpServerPort?: number;
  /** Limits that differ from the defaults, by name. */
  readonly limits?: LimitSettings;
  /** The name of its identity; absent until its first start where nobody named one. */
  readonly identity?: string;
  /** The public history of the authority whose credentials count, in hex digits. */
  readonly authority?: string;
  /** Which of the credentials of its identity it shows. */
  readonly credentialScope?: string;
  /** What it issues as an authority; absent when it is none. */
  readonly issuing?: IssuingSettings;
  /** When it ends for good, in milliseconds since 1970. */
  readonly endsAtMs?: number;
  /** What it is there for, when it was made for that alone. */
  readonly purpose?: NodePurpose;
}

/** What a node was made for alone: to share services of this machine, or to reach those that somebody shares. */
export interface NodePurpose {
  readonly kind: "share" | "open";
  /** The name of the share. */
  readonly name: string;
  /** Of what was opened: the identifier of whoever shares it. */
  readonly authority?: string;
}

/** What an authority says of its members. */
export interface IssuingSettings {
  /** How long its credentials are good, in milliseconds. */
  readonly credentialMs: number;
  /** The attributes of those who are members without a ticket, by their identifiers. */
  readonly trusted: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The running process of a node. */
export interface NodeProcess extends ProcessIdentity {
  /** Whether it runs in a terminal, not in the background. */
  readonly foreground: boolean;
  /** When it started, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The version of Culvert it runs. */
  readonly version: string;
  /** Where its HTTP server listens: `127.0.0.1:41327`; null when it has none. */
  readonly httpServerAddress: string | null;
}

/** @throws CliError STATE_CORRUPT, STATE_FAILED */
export function readSettings(paths: NodePaths): NodeSettings | undefined {
  return readJsonFile(paths.settings, (value) => {
    if (!isJsonObject(value)) return undefined;
    const {
      createdAt,
      listeners,
      httpServerPort,
      limits = {},
      identity,
      authority,
      credentialScope,
      issuing,
      endsAtMs,
      purpose,
    } = value;
    const isValid =
      typeof createdAt === "number" &&
      isJsonObject(listeners) &&
      Object.values(listeners).every((where) => typeof where === "string") &&
      (httpServerPort === undefined || typeof httpServerPort === "number") &&
      [identity, authority, credentialScope].every(isOptionalText) &&
      (issuing === undefined || isIssuing(issuing)) &&
      (endsAtMs === undefined || Number.isSafeInteger(endsAtMs)) &&
      (purpose === undefined || isPurpose(purpose)) &&
      isJsonObject(limits) &&
      Object.values(limits).every((limit) => Number.isSafeInteger(limit));
    return isValid ? (value as unknown as NodeSettings) : undefined;
  });
}

function isIssuing(value: unknown): boolean {
  return isJsonObject(value) && typeof value.credentialMs === "number" && isJsonObject(value.trusted);
}

function isPurpose(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { kind, name, authority } = value;
  return (kind === "share" || kind === "open") && typeof name === "string" && isOptionalText(authority);
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

export async function writeSettings(paths: NodePaths, settings: NodeSettings): Promise<void> {
  await writeJsonFile(paths.settings, settings);
}

/**
 * The process file, whether or not its process still runs.
 * A broken one counts as none: the next start writes it anew.
 */
export function readProcess(paths: NodePaths): NodeProcess | undefined {
  try {
    return readJsonFile(paths.process, (value) => {
      if (!isJsonObject(value)) return undefined;
      const isValid = typeof value.pid === "number" && typeof value.birth === "string";
      return isValid ? (value as unknown as NodeProcess) : undefined;
    });
  } catch {
    return undefined;
  }
}

export async function writeProcess(paths: NodePaths, nodeProcess: NodeProcess): Promise<void> {
  await writeJsonFile(paths.process, nodeProcess);
}
