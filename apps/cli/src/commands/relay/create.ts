import type { Command } from "../../framework/command.js";
import { isName, parseName, parseNodeName } from "../../syntax/names.js";
import { readRoute } from "../shared/route-option.js";

/** The name of a relay nobody named. */
const defaultName = "default";

/** Longest wait for the relay to be up, in milliseconds. 5,000: longer than a healthy path takes, short enough for a person. */
const upWaitMs = 5000;

/** What the command waits for the node beyond that, in milliseconds. */
const controlMarginMs = 10_000;

export const command: Command = {
  description:
    "The node dials the other one and registers there: messages to /service/forward_to_<name> on the other node reach it, though it opens no port. When the connection breaks it comes back by itself.",
  arguments: [{ syntax: "[name]", description: "The relay's name" }],
  options: [
    {
      flags: "--at <route>",
      description:
        "The node that hosts the relay: /node/n2, n2 or /ip4/10.0.0.1/tcp/7000; the default node when left out",
    },
    { flags: "--to <node>", description: "The node that becomes reachable; the default node when left out" },
    { flags: "--no-connection-wait", description: "Do not wait for the relay to be up" },
  ],
  examples: [
    "relay create n3 --at /node/n2 --to /node/n3",
    "relay create n3 --at /ip4/10.0.0.1/tcp/7000 --to n3",
  ],
  async run(context, input) {
    const name = parseName("relay", input.argument("name") ?? defaultName);
    const to = input.text("to");
    const node = await context.node(to === undefined ? undefined : parseNodeName(to));
    const given = input.text("at") ?? (await context.node(undefined));
    const at = await readRoute(context, isName(given) && given !== "-" ? `/node/${given}` : given, node);
    const waitMs = input.flag("no-connection-wait") ? 0 : upWaitMs;
    const { terminal, signal } = context;
    const view = await terminal.spin(
      `Creating relay ${name} at ${at.text}`,
      context
        .control(node)
        .call("relay.create", { name, at, waitMs }, { timeoutMs: waitMs + controlMarginMs, signal }),
    );
    const ends = `${at.text}/service/${view.remote_address} → /node/${node}${view.worker_address}`;
    if (view.connection_status === "Up") terminal.done(`Now relaying messages from ${ends}`);
    else
      terminal.warn(
        `Relay ${name} is not up yet, node ${node} keeps trying: ${view.last_failure ?? "no answer so far"}`,
      );
    return { machine: `/service/${view.remote_address}`, json: view };
  },
};
