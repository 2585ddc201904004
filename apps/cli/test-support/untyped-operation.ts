import type { OperationContext } from "../src/runtime/operation-types.js";

/** An operation of a runtime by its name, for tests that know the shape of its parameters themselves. */
export function operation(
  runtime: { readonly operations: object },
  name: string,
): (params: object, context?: OperationContext) => Promise<unknown> {
  const operations = runtime.operations as Readonly<
    Record<string, ((params: object, context?: OperationContext) => Promise<unknown>) | undefined>
  >;
  const found = operations[name];
  if (found === undefined) throw new Error(`there is no operation ${name}`);
  return found;
}
