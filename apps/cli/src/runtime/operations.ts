import { maxPayloadBytes } from "@x/core";
import * as v from "valibot";
import { CliError } from "../cli-error.js";
import { milliseconds } from "../registry/kinds.js";
import { makingVerb } from "../registry/resource.js";
import { changesSchema, paramsSchema } from "../registry/resource-schemas.js";
import { route } from "../registry/schemas.js";
import { nodeView, outsideAddresses, reachableAddresses } from "./node-view.js";
import type { NodeOperations, Operation, OperationContext, Operations } from "./operation-types.js";
import type { ResourceTable } from "./resource-table.js";
import { sendMessage } from "./routes/messages.js";
import { lendPipe } from "./routes/pipes.js";
import { traceRoute } from "./routes/route-trace.js";
import type { RuntimeContext } from "./runtime-context.js";
import type { RuntimeParts } from "./runtime-parts.js";
import { type NodeAuthority, ticketParams } from "./trust/node-authority.js";

/** Longest base64 text of a payload. */
const maxPayloadText = Math.ceil(maxPayloadBytes / 3) * 4;

const nothing = v.strictObject({});
const eventParams = v.strictObject({ after: v.pipe(v.number(), v.integer(), v.minValue(0)) });
const nameParam = v.strictObject({ name: v.string() });
const traceParams = v.strictObject({ route: v.pipe(route, v.minLength(1)), timeoutMs: milliseconds });
const sendParams = v.strictObject({
  ...traceParams.entries,
  payload: v.pipe(v.string(), v.maxLength(maxPayloadText), v.base64()),
});

/** Everything that can be asked of a node. Of a name, where there is nothing of its kind at all, the answer is an empty list. */
export function createOperations(parts: RuntimeParts): Operations {
  const { context, tables } = parts;
  const operations: NodeOperations = {
    "node.show": checked("node.show", nothing, () => nodeView(parts)),
    "node.addresses": checked("node.addresses", nothing, () => reachableAddresses(parts)),
    "events.list": checked("events.list", eventParams, ({ after }) => context.events.after(after)),
    "worker.list": checked("worker.list", nothing, () =>
      context.node
        .workers()
        .map(({ address, type, exposure, queued }) => ({ addr: address, type, exposure, queued })),
    ),
    "ticket.create": checked("ticket.create", ticketParams, (params) =>
      authorityOf(parts).createTicket(params, outsideAddresses(parts)),
    ),
    "member.list": checked("member.list", nothing, () => authorityOf(parts).members()),
    "member.delete": checked("member.delete", nameParam, ({ name }) => authorityOf(parts).removeMember(name)),
    "message.send": checked("message.send", sendParams, (params, given) =>
      sendMessage(context, params, given),
    ),
    "pipe.open": checked("pipe.open", traceParams, (params) => lendPipe(context, params)),
    "route.trace": checked("route.trace", traceParams, (params, given) => traceRoute(context, params, given)),
  };
  const all: Operations = Object.assign(operations, ...tables.map(tableOperations));
  const noting = Object.entries(all).map(([name, operation]) => [name, noteFirstUse(context, operation)]);
  return Object.fromEntries(noting) as Operations;
}

function authorityOf(parts: RuntimeParts): NodeAuthority {
  const authority = parts.authority();
  if (authority !== undefined) return authority;
  const reason = `Cannot find an authority: node ${parts.context.nodeName} is none`;
  throw new CliError("RESOURCE_NOT_FOUND", reason, { hint: "Make one with `culvert authority create`" });
}

/** Tells the user of identities that were met for the first time meanwhile. */
function noteFirstUse({ trust, addresses }: RuntimeContext, operation: Operation): Operation {
  return async (params, given = {}) => {
    const stop = trust.onFirstUse((route, identifier) => {
      const where = route.map((hop) => addresses.format(hop)).join("");
      given.note?.(
        `Met ${identifier} at ${where} for the first time: from now on only this identity is accepted there`,
      );
    });
    try {
      return await operation(params, given);
    } finally {
      stop();
    }
  };
}

function tableOperations(table: ResourceTable): Readonly<Record<string, Operation>> {
  const { resource } = table;
  const create = (name: string): Operation =>
    checked(name, paramsSchema(resource), (params, given) => table.create(params, given));
  const changes = v.strictObject({
    name: v.string(),
    set: changesSchema(resource),
    unset: v.array(v.picklist(resource.options.filter(({ always }) => !always).map(({ as }) => as))),
  });
  const makers: Readonly<Record<string, (name: string) => Operation>> = {
    [makingVerb(resource)]: create,
    list: (name) => checked(name, nothing, () => table.list()),
    params: (name) => checked(name, nothing, () => table.params()),
    show: (name) => checked(name, nameParam, (params) => table.show(params.name)),
    update: (name) => checked(name, changes, (params, given) => table.update(params.name, params, given)),
    delete: (name) => checked(name, nameParam, (params) => table.delete(params.name)),
  };
  const named = Object.entries(makers).map(([verb, make]) => [`${resource.noun}.${verb}`, make] as const);
  return Object.fromEntries(named.map(([name, make]) => [name, make(name)]));
}

/**
 * Makes an operation of a function that trusts its parameters: they are checked first.
 * The operation rejects with CliError OPERATION_INVALID for parameters of another shape.
 */
function checked<Params, Result>(
  name: string,
  schema: v.GenericSchema<unknown, Params>,
  run: (params: Params, context: OperationContext) => Promise<Result> | Result,
): Operation<Result> {
  return async (params, context = {}) => {
    const result = v.safeParse(schema, params ?? {}, { abortEarly: true });
    if (result.success) return run(result.output, context);
    const [issue] = result.issues;
    const where = v.getDotPath(issue) ?? "parameters";
    throw new CliError("OPERATION_INVALID", `Cannot run ${name}: ${where}: ${issue.message}`);
  };
}
