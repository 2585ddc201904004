import type { Style } from "../../output/style.js";
import type { TraceHop } from "../../runtime/views.js";

/** The hops of a route as a table for people. */
export function formatTrace(hops: readonly TraceHop[], style: Style): string {
  const hopWidth = Math.max("HOP".length, ...hops.map(({ hop }) => hop.length));
  const head = `${" ".repeat(numberWidth)}  ${"HOP".padEnd(hopWidth)}  ${"STATUS".padEnd(statusWidth)}  TIME`;
  const rows = hops.map(({ hop, status, rtt_ms, error }, index) => {
    const paint = { ok: style.green, present: style.green, failed: style.red, unknown: style.dim }[status];
    const time = rtt_ms === null ? (error ?? "") : formatTime(rtt_ms);
    const number = String(index + 1).padStart(numberWidth);
    return `${number}  ${hop.padEnd(hopWidth)}  ${paint(status.padEnd(statusWidth))}  ${time}`.trimEnd();
  });
  return [style.bold(head), ...rows].join("\n");
}

/** A route has 64 hops at most. */
const numberWidth = 2;
const statusWidth = "unknown".length;

function formatTime(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(1)} ms`;
}
