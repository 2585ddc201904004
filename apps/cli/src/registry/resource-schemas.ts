import * as v from "valibot";
import type { Option } from "./option.js";
import type { Resource } from "./resource.js";

type Entries = Record<string, v.GenericSchema<unknown, unknown>>;

/** What the operation that makes a thing takes. */
export function paramsSchema({ options }: Resource): v.GenericSchema<unknown, object> {
  return v.strictObject(entriesOf(options) as never) as never;
}

/** What the operation that changes a thing takes of its parameters. */
export function changesSchema({
  options,
}: Resource): v.GenericSchema<unknown, Readonly<Record<string, unknown>>> {
  return v.partial(v.strictObject(entriesOf(options) as never) as never) as never;
}

/** What stands in the state of a thing; what is unknown there is left out. */
export function specSchema({ options, kept = {} }: Resource): v.GenericSchema<unknown, object> {
  return v.object({ ...entriesOf(options.filter(({ once }) => once !== true)), ...kept } as never) as never;
}

function entriesOf(options: readonly Option[]): Entries {
  const params = options.filter(({ as }) => as !== "");
  return Object.fromEntries(
    params.map(({ as, kind, always }) => [as, always ? kind.schema : v.exactOptional(kind.schema)]),
  );
}
