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
