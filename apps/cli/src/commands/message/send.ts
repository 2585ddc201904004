import { cleanPeerText, isTransportHop } from "@x/core";
import { CliError } from "../../cli-error.js";
import type { SendParams } from "../../control/operation-types.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { LazyRegistry } from "../../registry/registry.js";
import { explainRouteFailure } from "../../resources/options/route-failure.js";
import { readRoute } from "../../resources/options/route-reading.js";
import { parseDuration } from "../../syntax/duration.js";
import { parseNodeName } from "../../syntax/names.js";
import { isPiped } from "../../syntax/piped-route.js";
import { isFromStandardInput, readPayload } from "./payload.js";

/** What the command waits for the node beyond the reply, in milliseconds: 5,000, so that the node's answer comes first. */
const controlMarginMs = 5000;

export function createCommand(registry: LazyRegistry): Command {
  return {
    description: "Prints the reply and nothing else.",
    arguments: [
      {
        syntax: "<message>",
        description: "What to send: text, - for standard input, or @file; 1 MiB at most",
      },
    ],
    options: [
      { flags: "-t, --to <route>", description: "The route to the receiver", required: true },
      {
        flags: "-f, --from <node>",
        description: "The node that sends; a temporary one inside the command when left out",
      },
      { flags: "--hex", description: "The message and the reply are hex digits" },
      { flags: "--literal", description: "Send the text itself, also when it is - or begins with @" },
      {
        flags: "--timeout <duration>",
        description: "Longest wait for the reply, such as 10s; CULVERT_DEFAULT_TIMEOUT when left out",
      },
    ],
    examples: [
      "message send hello --to /node/n2/service/uppercase",
      "message send hello --from n1 --to /node/n2/service/forward_to_n3/service/echo",
      "message send @./letter.txt --to /node/n2/service/echo",
    ],
    async run(context, input) {
      const from = input.text("from");
      const node = from === undefined ? undefined : await context.node(parseNodeName(from));
      const message = input.requiredArgument("message");
      const form = { isHex: input.flag("hex"), isLiteral: input.flag("literal") };
      const to = input.requiredText("to");
      if (isFromStandardInput(message, form) && isPiped(to)) throw inputTwice(to);
      const route = await readRoute(context, to, node);
      const last = route.hops.at(-1);
      if (last === undefined || isTransportHop(last)) throw noReceiver(route.text);
      const timeout = input.text("timeout");
      const timeoutMs =
        timeout === undefined ? context.environment.defaultTimeoutMs : parseDuration(timeout, "--timeout");
      const payload = (await readPayload(message, form)).toString("base64");
      const sending = send(context, registry, { node, params: { route: route.hops, payload, timeoutMs } });
      const reply = await context.terminal
        .spin(`Waiting for a reply from ${route.text}`, sending)
        .catch(async (error: unknown) => {
          throw await explainRouteFailure(error, context, { route, from: node });
        });
      const text = Buffer.from(reply.payload, "base64").toString(form.isHex ? "hex" : "utf8");
      return { plain: forTerminal(text), machine: text, json: text };
    },
  };
}

/** A reply is text of a peer; scripts get it byte by byte. */
function forTerminal(text: string): string {
  return text.split("\n").map(cleanPeerText).join("\n");
}

function inputTwice(to: string): CliError {
  const reason = `Cannot take both the message and the - of ${to} from standard input`;
  return new CliError("USAGE_INVALID", reason, { hint: "Give the message as @file, or the route as it is" });
}

function noReceiver(text: string): CliError {
  return new CliError("USAGE_INVALID", `Cannot send to ${text}: the route names no receiver`, {
    hint: `Add a service, such as ${text}/service/echo`,
  });
}

async function send(
  context: CommandContext,
  registry: LazyRegistry,
  { node, params }: { readonly node: string | undefined; readonly params: SendParams },
): Promise<{ payload: string }> {
  if (node !== undefined) {
    const options = { timeoutMs: params.timeoutMs + controlMarginMs, signal: context.signal };
    return context.control(node).call("message.send", params, options);
  }
  const { temporaryRuntime } = await import("../../runtime/temporary-runtime.js");
  const runtime = await temporaryRuntime(context, registry);
  try {
    const reply = await runtime.operations["message.send"](params, {
      signal: context.signal,
      note: (text) => context.terminal.warn(text),
    });
    return reply;
  } finally {
    await runtime.close();
  }
}
