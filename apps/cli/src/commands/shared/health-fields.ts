import type { HealthView } from "../../runtime/views.js";

/** How long something is in its state, and what is done about it while it is down, as people read it. */
export function healthFields({ since, attempts, next_attempt_at }: HealthView): {
  readonly since: string;
  readonly attempts: number | null;
  readonly "next attempt": string | null;
} {
  return { since, attempts: attempts === 0 ? null : attempts, "next attempt": next_attempt_at };
}
