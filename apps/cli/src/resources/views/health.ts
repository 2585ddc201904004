import type { PortalTraffic } from "@x/portal-tcp";
import { formatBytes } from "../../output/bytes.js";
import type { FailureView } from "../../runtime/routes/failure-view.js";

/** Whether something works now. */
export type Status = "Up" | "Down";

/** How long something is in its state, and what is done about it while it is down. */
export interface HealthView {
  /** Since when it has its status: `2026-01-31T12:00:00.000Z`. */
  readonly since: string;
  /** Attempts to get it up since it is down; 0 while it is up. */
  readonly attempts: number;
  /** When the next attempt follows, like `since`; null when none is planned. */
  readonly next_attempt_at: string | null;
}

/** What passed an inlet or an outlet since it was started. */
export interface TrafficView {
  readonly visitors: number;
  /** Visitors that were turned away. */
  readonly visitors_refused: number;
  /** Visitors that were taken and could not be served. */
  readonly visitors_failed: number;
  readonly bytes_to_target: number;
  readonly bytes_to_visitor: number;
}

/** The same of one that is there; zeros of one that is not. */
export function trafficView(traffic: PortalTraffic | undefined): TrafficView {
  return {
    visitors: traffic?.visitors ?? 0,
    visitors_refused: traffic?.refused ?? 0,
    visitors_failed: traffic?.failed ?? 0,
    bytes_to_target: traffic?.bytesToTarget ?? 0,
    bytes_to_visitor: traffic?.bytesToVisitor ?? 0,
  };
}

/** The same as people read it. */
export function trafficFields({ traffic }: { readonly traffic: TrafficView }): {
  readonly visitors: string;
  readonly "to target": string;
  readonly "to visitors": string;
} {
  const { visitors, visitors_refused: refused, visitors_failed: failed } = traffic;
  return {
    visitors: `${visitors}, ${failed} not served, ${refused} refused`,
    "to target": formatBytes(traffic.bytes_to_target),
    "to visitors": formatBytes(traffic.bytes_to_visitor),
  };
}

/** In `status`: what passed, and of one that is down why, since when and what to do. */
export function portalNote(
  view: HealthView & FailureView & { readonly status: Status; readonly traffic: TrafficView },
  mend: string,
): string {
  const { visitors, bytes_to_target: there, bytes_to_visitor: back } = view.traffic;
  const passed = `  ${visitors} visitors, ${formatBytes(there)} to target, ${formatBytes(back)} back`;
  if (view.status === "Up") return passed;
  const why = view.last_failure ?? "no reason is known";
  const at = view.last_failure_at === null ? "" : `, the last time at ${view.last_failure_at}`;
  return `${passed}\n    since ${view.since}: ${why}${at}\n    try: ${mend}`;
}

/** What to do about an inlet or an outlet whose target is the cause that it is down. */
export const mendOfTarget =
  "See that the target runs and takes connections there; visitors are served within a second of that";

/** Says whether the target is the cause of a failure. */
export function isOfTarget(lastFailure: string | null): boolean {
  return lastFailure?.startsWith("TARGET_") === true;
}

/** Something that is up or down and heals by itself: times in milliseconds since 1970. */
export interface Healing {
  readonly since: number;
  readonly attempts: number;
  readonly nextAttemptAt: number | undefined;
}

/** What results show of how long something has been so, and of its way back. */
export function healthView({ since, attempts, nextAttemptAt }: Healing): HealthView {
  return {
    since: new Date(since).toISOString(),
    attempts,
    next_attempt_at: nextAttemptAt === undefined ? null : new Date(nextAttemptAt).toISOString(),
  };
}

/** The same as people read it. */
export function healthFields({ since, attempts, next_attempt_at }: HealthView): {
  readonly since: string;
  readonly attempts: number | null;
  readonly "next attempt": string | null;
} {
  return { since, attempts: attempts === 0 ? null : attempts, "next attempt": next_attempt_at };
}
