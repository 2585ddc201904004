import * as v from "valibot";
import { CliError } from "../cli-error.js";
import type { Resource } from "../registry/resource.js";
import { specSchema } from "../registry/resource-schemas.js";

/** Everything a node needs to be as it was: plain JSON, kept by whoever runs the node. Holds secrets (relay tokens). */
export interface NodeSpec {
  /** The form of this data. */
  readonly version: 1;
  /** What makes each thing again, by noun. What belongs to a transport that is not there now is kept for when it is. */
  readonly resources: Readonly<Record<string, readonly object[]>>;
}

/** A node that has nothing of its own yet. */
export const emptySpec: NodeSpec = { version: 1, resources: {} };

const schema: v.GenericSchema<unknown, NodeSpec> = v.object({
  version: v.literal(1),
  resources: v.record(v.string(), v.array(v.looseObject({}))),
});

/**
 * Checks a spec that was read from a file.
 *
 * @param kinds the kinds of things that are known; what is of others stays as it is
 * @throws CliError STATE_CORRUPT
 */
export function checkNodeSpec(value: unknown, kinds: readonly Resource[]): NodeSpec {
  const { version, resources } = check(schema, value);
  const specs = Object.entries(resources).map(([noun, things]) => {
    const resource = kinds.find((kind) => kind.noun === noun);
    return [noun, resource === undefined ? things : check(v.array(specSchema(resource)), things)] as const;
  });
  return { version, resources: Object.fromEntries(specs) };
}

function check<T>(shape: v.GenericSchema<unknown, T>, value: unknown): T {
  const result = v.safeParse(shape, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? "it";
  throw new CliError("STATE_CORRUPT", `Cannot use the node's state: ${where}: ${issue.message}`);
}
