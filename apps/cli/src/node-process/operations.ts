import { CliError } from "../cli-error.js";
import type { NodeRuntime } from "../runtime/node-runtime.js";
import type { Operation } from "../runtime/operation-types.js";
import type { ResourceSaver } from "./saved-resources.js";
import { nodeTraffic } from "./telemetry/traffic.js";

/** Finds an operation of a runtime for the control socket. What it changes is on the disk before it is answered; one that only reads
 * does not mind what could not be saved. */
export function savedOperations(
  runtime: NodeRuntime,
  saver: ResourceSaver,
): (name: string) => Operation | undefined {
  return (name) => {
    if (name === "node.traffic") return () => Promise.resolve(nodeTraffic(runtime));
    const operation = Object.hasOwn(runtime.operations, name) ? runtime.operations[name] : undefined;
    if (operation === undefined) return undefined;
    if (!changing.has(name.slice(name.indexOf(".") + 1))) return operation;
    return async (params, context) => {
      const result = await operation(params, context);
      await saver.save().catch((error: unknown) => {
        throw notSaved(name, error);
      });
      return result;
    };
  };
}

/** The verbs that change what a node has. */
const changing: ReadonlySet<string> = new Set(["create", "start", "update", "delete"]);

function notSaved(name: string, cause: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CliError("STATE_FAILED", `${name} was done, but is lost when the node stops: ${reason}`, {
    hint: "Make room on the disk: the node goes on trying to save it",
    cause,
  });
}
