import type { HealthView } from "./views.js";

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
