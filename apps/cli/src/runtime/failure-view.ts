import type { NodeConnection } from "@x/routing";
import { formatHop } from "../syntax/multi-address.js";
import { failureFields } from "./runtime-log.js";

/** Lists a node's connections. */
export type ConnectionLister = () => readonly NodeConnection[];

/**
 * An error as results show it: `CONNECTION_REFUSED: Cannot connect to …`; null when there is none.
 * Where it names a connection that is down, it tells where that leads and why it is down.
 */
export function showFailure(error: unknown, connections: ConnectionLister = () => []): string | null {
  if (error === undefined) return null;
  const { code, reason } = failureFields(error);
  const text = code === undefined ? reason : `${code}: ${reason}`;
  const down = connections().find(({ state, worker }) => state === "down" && text.includes(worker));
  return down === undefined ? text : `${text} (${whyDown(down)})`;
}

function whyDown({ remote, lastFailure }: NodeConnection): string {
  const where = `it leads to ${formatHop(remote)}`;
  return lastFailure === undefined ? where : `${where}: ${lastFailure.message}`;
}
