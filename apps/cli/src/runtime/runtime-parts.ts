import type { ResourceTable } from "./resource-table.js";
import type { RuntimeContext } from "./runtime-context.js";
import type { NodeTransport } from "./transports.js";
import type { NodeAuthority } from "./trust/node-authority.js";

/** What a runtime is made of. */
export interface RuntimeParts {
  readonly context: RuntimeContext;
  readonly transports: readonly NodeTransport[];
  /** What it has, by kind, in the order in which things are made. */
  readonly tables: readonly ResourceTable[];
  /** The authority that it is, once it takes channels; absent when it is none. */
  readonly authority: () => NodeAuthority | undefined;
}
