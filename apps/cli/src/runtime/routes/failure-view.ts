import type { NodeConnection } from "@x/routing";
import type { RuntimeContext } from "../runtime-context.js";
import { failureFields } from "../runtime-log.js";

/**
 * An error as results show it: `CONNECTION_REFUSED: Cannot connect to …`; null when there is none.
 * Where it names a connection that is down, it tells where that leads and why it is down.
 */
export function showFailure(
  error: unknown,
  context?: Pick<RuntimeContext, "node" | "addresses">,
): string | null {
  if (error === undefined) return null;
  const { code, reason } = failureFields(error);
  const text = code === undefined ? reason : `${code}: ${reason}`;
  const isNamed = ({ state, worker }: NodeConnection): boolean => state === "down" && text.includes(worker);
  const down = context?.node.connections().find(isNamed);
  if (context === undefined || down === undefined) return text;
  const where = `it leads to ${context.addresses.format(down.remote)}`;
  return `${text} (${down.lastFailure === undefined ? where : `${where}: ${down.lastFailure.message}`})`;
}
