import type { CallOptions, ControlClient } from "../control/client.js";

/** The operations of a node about one kind of thing, for commands. */
export interface ResourceClient<Listed> {
  list(options?: CallOptions): Promise<readonly Listed[]>;
  /** An empty list when the node has nothing of the kind. */
  show(name: string): Promise<unknown>;
  delete(name: string): Promise<unknown>;
}

export function resourceClient<Listed>(control: ControlClient, noun: string): ResourceClient<Listed> {
  return {
    list: (options) => control.call(`${noun}.list`, {}, options) as Promise<readonly Listed[]>,
    show: (name) => control.call(`${noun}.show`, { name }),
    delete: (name) => control.call(`${noun}.delete`, { name }),
  };
}
