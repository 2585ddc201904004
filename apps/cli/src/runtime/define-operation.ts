import * as v from "valibot";
import { CliError } from "../cli-error.js";
import type { Operation, OperationContext, OperationName, OperationTypes } from "./operation-types.js";

type Run<Name extends OperationName> = (
  params: OperationTypes[Name]["params"],
  context: OperationContext,
) => Promise<OperationTypes[Name]["result"]> | OperationTypes[Name]["result"];

/**
 * Makes an operation of a function that trusts its parameters: they are checked first.
 * The operation rejects with CliError OPERATION_INVALID for parameters of another shape.
 */
export function defineOperation<Name extends OperationName>(
  name: Name,
  schema: v.GenericSchema<unknown, OperationTypes[Name]["params"]>,
  run: Run<Name>,
): Operation<OperationTypes[Name]["result"]> {
  return async (params, context = {}) => {
    const checked = v.safeParse(schema, params ?? {}, { abortEarly: true });
    if (checked.success) return run(checked.output, context);
    const [issue] = checked.issues;
    const where = v.getDotPath(issue) ?? "parameters";
    throw new CliError("OPERATION_INVALID", `Cannot run ${name}: ${where}: ${issue.message}`);
  };
}
