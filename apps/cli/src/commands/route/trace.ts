import { CulvertError, type Route } from "@x/core";
import { CliError } from "../../cli-error.js";
import type { TraceParams } from "../../control/operation-types.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { LazyRegistry } from "../../registry/registry.js";
import { readRoute } from "../../resources/options/route-reading.js";
import type { TraceHop, TraceView } from "../../runtime/views.js";
import { parseDuration } from "../../syntax/duration.js";
import type { AddressSyntax } from "../../syntax/multi-address.js";
import { parseNodeName } from "../../syntax/names.js";
import { formatTrace } from "./trace-table.js";

/** What the command waits for the node beyond the hops, in milliseconds: 5,000, so that the node's answer comes first. */
const controlMarginMs = 5000;

export function createCommand(registry: LazyRegistry): Command {
  return {
    description:
      "Each hop is asked by a message that it passes on to nobody. The last one gets no message, so nothing happens there: it is `present`, or, where it surely passes messages on, `ok`. Times are from the node to the hop and back. Ends with 69 when a hop fails, or 75 when it does not answer.",
    arguments: [{ syntax: "<route>", description: "The route, such as /node/n2/service/echo" }],
    options: [
      {
        flags: "-f, --from <node>",
        description: "The node the route begins at; a temporary one inside the command when left out",
      },
      {
        flags: "--timeout <duration>",
        description: "Longest wait for each hop, such as 10s; CULVERT_DEFAULT_TIMEOUT when left out",
      },
    ],
    examples: [
      "route trace /node/n2/service/forward_to_n3/service/outlet --from n1",
      "route trace /ip4/10.0.0.1/tcp/7000/service/echo --output json",
    ],
    async run(context, input) {
      const from = input.text("from");
      const node = from === undefined ? undefined : await context.node(parseNodeName(from));
      const { hops: route, text } = await readRoute(context, input.requiredArgument("route"), node);
      if (route.length === 0) throw noHop(text);
      const timeout = input.text("timeout");
      const timeoutMs =
        timeout === undefined ? context.environment.defaultTimeoutMs : parseDuration(timeout, "--timeout");
      const view = await context.terminal.spin(
        `Tracing ${text}`,
        trace(context, registry, { node, params: { route, timeoutMs } }),
      );
      const hops = named(view, await context.addresses(), { text, route });
      const failure = view.failure === null ? {} : { failure: failureOf(view.failure, hops) };
      return { plain: formatTrace(hops, context.terminal.resultStyle), json: hops, ...failure };
    },
  };
}

function noHop(text: string): CliError {
  return new CliError("USAGE_INVALID", `Cannot trace ${text}: it names no hop beyond the node it begins at`, {
    hint: `Add a service, such as ${text}/service/echo`,
  });
}

async function trace(
  context: CommandContext,
  registry: LazyRegistry,
  { node, params }: { readonly node: string | undefined; readonly params: TraceParams },
): Promise<TraceView> {
  const { signal } = context;
  if (node !== undefined) {
    // Each hop may take its time, and the last one is asked twice.
    const timeoutMs = params.timeoutMs * (params.route.length + 2) + controlMarginMs;
    return context.control(node).call("route.trace", params, { timeoutMs, signal });
  }
  const { temporaryRuntime } = await import("../../runtime/temporary-runtime.js");
  await using runtime = await temporaryRuntime(context, registry);
  const note = (text: string): void => context.terminal.warn(text);
  return await runtime.operations["route.trace"](params, { signal, note });
}

/** The hops under the names the user gave them. A first step that is the node itself is no hop. */
function named(
  { hops }: TraceView,
  addresses: AddressSyntax,
  { text, route }: { readonly text: string; readonly route: Route },
): readonly TraceHop[] {
  const steps = addresses.parse(text).slice(-route.length);
  return hops.map((hop, index) => {
    const step = steps[index];
    return { ...hop, hop: step?.kind === "node" ? `/node/${step.name}` : addresses.format(hop.hop) };
  });
}

function failureOf(
  { code, message, hop }: NonNullable<TraceView["failure"]>,
  hops: readonly TraceHop[],
): CulvertError {
  const failed = hops.find(({ status }) => status === "failed");
  return new CulvertError(code, `The route fails at ${failed?.hop}: ${message}`, { hop });
}
