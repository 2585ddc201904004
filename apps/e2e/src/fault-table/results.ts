import { cpus, release, totalmem, type } from "node:os";
import type { Injection, RowText } from "./row.js";

/** What was measured of one row. */
export interface RowResult extends RowText {
  readonly injections: readonly Injection[];
  readonly seconds: number;
  /** Why it was left out. */
  readonly missing?: string;
}

/** All that a run found. */
export interface Results {
  readonly startedAt: string;
  readonly command: string;
  readonly machine: string;
  readonly repeat: number;
  readonly seconds: number;
  readonly rows: readonly RowResult[];
}

/** The machine in one line. */
export function describeMachine(): string {
  const processors = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const model = processors[0]?.model.trim() ?? "unknown processor";
  return `${processors.length} × ${model}, ${gibibytes} GiB, ${type()} ${release()}, Node.js ${process.version}`;
}

/** What is wrong with a row, one sentence each; nothing when it passes. */
export function violationsOf({ injections, bars, missing }: RowResult): readonly string[] {
  if (missing !== undefined) return [];
  const found = injections.flatMap((injection, index) =>
    violationsIn(injection, bars).map((text) => `injection ${index + 1}: ${text}`),
  );
  return injections.length === 0 ? ["it was not injected at all"] : found;
}

function violationsIn(injection: Injection, bars: RowText["bars"]): string[] {
  const { detectMs, recoverMs, lostBytes, failure } = injection;
  if (failure !== undefined) return [failure];
  const found: string[] = [];
  if (lostBytes !== 0) found.push(`${lostBytes} bytes lost`);
  // A time that is missing is as bad as one that is too long.
  if (bars.detectMs !== undefined && !((detectMs ?? Infinity) <= bars.detectMs)) {
    found.push(`detected after ${detectMs?.toFixed(0)} ms, the bar is ${bars.detectMs} ms`);
  }
  if (bars.recoverMs !== undefined && !((recoverMs ?? Infinity) <= bars.recoverMs)) {
    found.push(`recovered after ${recoverMs?.toFixed(0)} ms, the bar is ${bars.recoverMs} ms`);
  }
  return found;
}
