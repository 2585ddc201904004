import { CliError } from "../../cli-error.js";
import type { CommandContext } from "../../framework/context.js";
import type { RouteParam } from "../../registry/schemas.js";
import { maxRouteTextLength } from "../../syntax/limits.js";
import { fillPipedRoute } from "../../syntax/piped-route.js";
import { resolveRoute } from "../../syntax/route-resolution.js";

/**
 * Reads a route option: takes a `-` from standard input, and finds the listeners of the nodes it names.
 *
 * @param self the node the route begins at; absent when that is the command itself
 * @throws CliError USAGE_INVALID, NODE_NOT_FOUND, NODE_NOT_RUNNING; CulvertError ROUTE_TOO_LONG
 */
export async function readRoute(context: CommandContext, text: string, self?: string): Promise<RouteParam> {
  const filled = await fillPipedRoute(text, readStandardInput);
  const findNode = (name: string): Promise<string> => context.nodeAddress(name);
  const hops = await resolveRoute((await context.addresses()).parse(filled), {
    findNode,
    ...(self === undefined ? {} : { self }),
  });
  return { hops, text: filled };
}

let input: Promise<string> | undefined;

/** All of standard input. Several routes may take it; it is read once. */
function readStandardInput(): Promise<string> {
  input ??= readToEnd();
  return input;
}

async function readToEnd(): Promise<string> {
  if (process.stdin.isTTY === true) {
    throw new CliError("USAGE_INVALID", "Cannot read a route from standard input: it is a terminal", {
      hint: 'Pipe in a command that prints a route, or leave out the "-" of the route',
    });
  }
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) {
    text += part;
    if (text.length > maxRouteTextLength) break;
  }
  return text;
}
