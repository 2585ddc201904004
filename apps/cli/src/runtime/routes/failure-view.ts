import { isCulvertError } from "@x/core";
import type { NodeConnection } from "@x/routing";
import type { RuntimeContext } from "../runtime-context.js";
import { failureFields as logFields } from "../runtime-log.js";

/** Why something does not work, or did not the last time, as results show it. */
export interface FailureView {
  /** `CONNECTION_REFUSED: Cannot connect to …`; null when nothing failed. */
  readonly last_failure: string | null;
  /** When it failed: `2026-01-31T12:00:00.000Z`; null where that is not known. */
  readonly last_failure_at: string | null;
}

/** What failed last, and when. */
export function failureView(
  error: unknown,
  context?: Pick<RuntimeContext, "node" | "addresses">,
): FailureView {
  const at = isCulvertError(error) ? error.at : undefined;
  return {
    last_failure: showFailure(error, context),
    // One from another copy of core may be older than this.
    last_failure_at: at === undefined ? null : new Date(at).toISOString(),
  };
}

/** The same as people read it. */
export function failureFields({ last_failure, last_failure_at }: FailureView): {
  readonly "last failure": string | null;
  readonly "failed at": string | null;
} {
  return { "last failure": last_failure, "failed at": last_failure_at };
}

/**
 * An error as results show it: `CONNECTION_REFUSED: Cannot connect to …`; null when there is none.
 * Where it names a connection that is down, it tells where that leads and why it is down.
 */
export function showFailure(
  error: unknown,
  context?: Pick<RuntimeContext, "node" | "addresses">,
): string | null {
  if (error === undefined) return null;
  const { code, reason } = logFields(error);
  const text = code === undefined ? reason : `${code}: ${reason}`;
  const isNamed = ({ state, worker }: NodeConnection): boolean => state === "down" && text.includes(worker);
  const down = context?.node.connections().find(isNamed);
  if (context === undefined || down === undefined) return text;
  const where = `it leads to ${context.addresses.format(down.remote)}`;
  return `${text} (${down.lastFailure === undefined ? where : `${where}: ${down.lastFailure.message}`})`;
}
