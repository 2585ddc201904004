import type { CallOptions, ControlClient } from "../control/client.js";
import type { Changed, Changes, NamedParams } from "../runtime/resource-table.js";

/** The operations of a node about one kind of thing, for commands. */
export interface ResourceClient<Listed> {
  list(options?: CallOptions): Promise<readonly Listed[]>;
  /** An empty list when the node has nothing of the kind. */
  show(name: string): Promise<unknown>;
  delete(name: string): Promise<unknown>;
  /** All that were made, with what makes them. */
  params(): Promise<readonly NamedParams[]>;
  /** @param patienceMs longest wait for the change, in milliseconds. Default: as for any operation */
  update(name: string, changes: Changes, patienceMs?: number): Promise<Changed>;
}

export function resourceClient<Listed>(control: ControlClient, noun: string): ResourceClient<Listed> {
  return {
    list: (options) => control.call(`${noun}.list`, {}, options) as Promise<readonly Listed[]>,
    show: (name) => control.call(`${noun}.show`, { name }),
    delete: (name) => control.call(`${noun}.delete`, { name }),
    params: () => control.call(`${noun}.params`, {}) as Promise<readonly NamedParams[]>,
    update: (name, { set, unset }, patienceMs) => {
      const options = patienceMs === undefined ? {} : { timeoutMs: patienceMs };
      return control.call(`${noun}.update`, { name, set, unset }, options) as Promise<Changed>;
    },
  };
}
