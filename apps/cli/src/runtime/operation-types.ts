import type { ControlOperationName, ControlOperationTypes } from "../control/operation-types.js";

/** What the caller of an operation gives beside its parameters. */
export interface OperationContext {
  /** Gives up what the operation waits for. */
  readonly signal?: AbortSignal;
  /** Told what the user should know beside the result, also when there is none. */
  readonly note?: (text: string) => void;
}

/** Runs one operation. Checks `params`, which come from outside. */
export type Operation<Result = unknown> = (params: unknown, context?: OperationContext) => Promise<Result>;

/** The operations about the node as a whole. */
export type NodeOperations = {
  readonly [Name in Exclude<ControlOperationName, "node.traffic">]: Operation<
    ControlOperationTypes[Name]["result"]
  >;
};

/** Every operation of a node by name: those, and those that follow from the kinds of things it can have. */
export type Operations = NodeOperations & Readonly<Record<string, Operation>>;
