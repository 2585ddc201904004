import { isCulvertError } from "@x/core";
import { CliError } from "../cli-error.js";
import { RouteFailure } from "../resources/options/route-failure.js";
import { hints } from "./hints.js";
import type { Style } from "./style.js";

/**
 * An error as people read it: what failed and why, what to try, and the code. Several lines.
 *
 * @param verbose 2 and above adds the stack traces
 */
export function reportError(error: unknown, style: Style, verbose: number): string {
  const lines = [`${style.red("error:")} ${messageOf(error)}`];
  if (
    isCulvertError(error) &&
    error.hop !== undefined &&
    error.hop !== "" &&
    !error.message.includes(error.hop)
  ) {
    lines.push(`  hop: ${error.hop}`);
  }
  lines.push(`  try: ${hintFor(error)}`);
  lines.push(`  code: ${codeOf(error)}`);
  if (verbose >= stackVerbosity) lines.push(style.dim(stackOf(error)));
  return lines.join("\n");
}

const stackVerbosity = 2;

/** The code of an error; `INTERNAL` for one nobody foresaw. */
export function codeOf(error: unknown): string {
  return isCulvertError(error) || error instanceof CliError ? error.code : "INTERNAL";
}

function hintFor(error: unknown): string {
  if (error instanceof CliError || error instanceof RouteFailure) return error.hint ?? hints[error.code];
  return isCulvertError(error) ? hints[error.code] : hints.INTERNAL;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const cause = error.cause === undefined ? "" : `\ncaused by ${stackOf(error.cause)}`;
  return (error.stack ?? error.message) + cause;
}
