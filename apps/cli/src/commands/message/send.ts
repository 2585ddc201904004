import { cleanPeerText, isTransportHop } from "@x/core";
import { CliError } from "../../cli-error.js";
import type { SendParams } from "../../control/operation-types.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { LazyRegistry } from "../../registry/registry.js";
import { readRoute } from "../../resources/options/route-reading.js";
import { parseDuration } from "../../syntax/duration.js";
import { parseNodeName } from "../../syntax/names.js";

/** What the command waits for the node beyond the reply, in milliseconds: 5,000, so that the node's answer comes first. */
const controlMarginMs = 5000;

export function createCommand(registry: LazyRegistry): Command {
  return {
    description: "Prints the reply and nothing else.",
    arguments: [{ syntax: "<message>", description: "What to send" }],
    options: [
      { flags: "-t, --to <route>", description: "The route to the receiver", required: true },
      {
        flags: "-f, --from <node>",
        description: "The node that sends; a temporary one inside the command when left out",
      },
      { flags: "--hex", description: "The message and the reply are hex digits" },
      { flags: "--timeout <duration>", description: "Longest wait for the reply, such as 10s" },
    ],
    examples: [
      "message send hello --to /node/n2/service/uppercase",
      "message send hello --from n1 --to /worker/603b62d245c9119d584ba3d874eb8108/service/echo",
    ],
    async run(context, input) {
      const from = input.text("from");
      const node = from === undefined ? undefined : await context.node(parseNodeName(from));
      const route = await readRoute(context, input.requiredText("to"), node);
      const last = route.hops.at(-1);
      if (last === undefined || isTransportHop(last)) throw noReceiver(route.text);
      const hex = input.flag("hex");
      const timeout = input.text("timeout");
      const timeoutMs =
        timeout === undefined ? context.environment.defaultTimeoutMs : parseDuration(timeout, "--timeout");
      const payload = encodeMessage(input.requiredArgument("message"), hex).toString("base64");
      const reply = await context.terminal.spin(
        `Waiting for a reply from ${route.text}`,
        send(context, registry, { node, params: { route: route.hops, payload, timeoutMs } }),
      );
      const text = Buffer.from(reply.payload, "base64").toString(hex ? "hex" : "utf8");
      return { plain: forTerminal(text), machine: text, json: text };
    },
  };
}

/** A reply is text of a peer; scripts get it byte by byte. */
function forTerminal(text: string): string {
  return text.split("\n").map(cleanPeerText).join("\n");
}

function encodeMessage(text: string, hex: boolean): Buffer {
  if (!hex) return Buffer.from(text, "utf8");
  const digits = text.replace(/^0x/i, "");
  if (/^(?:[0-9a-f]{2})*$/i.test(digits)) return Buffer.from(digits, "hex");
  throw new CliError(
    "USAGE_INVALID",
    `Cannot send ${JSON.stringify(text.slice(0, 80))}: it is no even number of hex digits`,
  );
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
