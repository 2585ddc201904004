import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import {
  createNode,
  defaultListenerAddress,
  generateNodeName,
  type NewNode,
} from "../../node-process/create-node.js";
import { type NodeJson, nodeJson } from "../../node-process/node-json.js";
import type { Result } from "../../output/result.js";
import { formatHostPort, parseHostPort } from "../../syntax/host-port.js";
import { parseNodeName } from "../../syntax/names.js";
import { warnIfOpen } from "../shared/bind-warning.js";

export const command: Command = {
  description: "Prints the name of the node when the node answers. The first node becomes the default.",
  arguments: [{ syntax: "[name]", description: "Name of the node; two random words when left out" }],
  options: [
    {
      flags: "-t, --tcp-listener-address <host:port>",
      description: "Where the node listens for TCP connections of other nodes",
      default: defaultListenerAddress,
    },
    { flags: "--udp-listener-address <host:port>", description: "Where it listens for UDP" },
    {
      flags: "--http-server",
      description: "Open an HTTP server with health and metrics on a random loopback port",
    },
    { flags: "--http-server-port <port>", description: "Open the HTTP server on this port" },
    { flags: "-f, --foreground", description: "Run in this terminal, not in the background" },
    { flags: "-e, --exit-on-eof", description: "With -f: end when standard input ends" },
    { flags: "-s, --skip-is-running-check", description: "Do not look whether a node of that name runs" },
  ],
  examples: [
    "node create n1",
    "node create n2 --tcp-listener-address 127.0.0.1:7000",
    "node create n3 --foreground --http-server",
  ],
  async run(context, input) {
    const node = await readNode(context, input);
    warnIfOpen(context, node.tcpListenerAddress, `Node ${node.name}`);
    if (node.udpListenerAddress !== undefined)
      warnIfOpen(context, node.udpListenerAddress, `Node ${node.name}`);
    if (input.flag("foreground")) return runForeground(context, node, input.flag("exit-on-eof"));
    await context.terminal.spin(`Creating node ${node.name}`, createNode(context, node));
    return createdResult(context, await showNode(context, node.name));
  },
};

async function readNode(context: CommandContext, input: CommandInput): Promise<NewNode> {
  if (input.flag("exit-on-eof") && !input.flag("foreground")) {
    throw new CliError(
      "USAGE_INVALID",
      "Cannot use --exit-on-eof for a background node: it has no standard input",
      {
        hint: "Add --foreground",
      },
    );
  }
  const given = input.argument("name");
  const udpListenerAddress = input.text("udp-listener-address");
  const httpServerPort = readHttpPort(input);
  return {
    name: given === undefined ? await generateNodeName(context) : parseNodeName(given),
    tcpListenerAddress: readListener(input.requiredText("tcp-listener-address"), "--tcp-listener-address"),
    force: input.flag("skip-is-running-check"),
    ...(udpListenerAddress === undefined
      ? {}
      : { udpListenerAddress: readListener(udpListenerAddress, "--udp-listener-address") }),
    ...(httpServerPort === undefined ? {} : { httpServerPort }),
  };
}

function readListener(text: string, what: string): string {
  return formatHostPort(parseHostPort(text, { what, portZero: true }));
}

function readHttpPort(input: CommandInput): number | undefined {
  const text = input.text("http-server-port");
  if (text === undefined) return input.flag("http-server") ? 0 : undefined;
  if (/^\d{1,5}$/.test(text)) return parseHostPort(text, { what: "--http-server-port", portZero: true }).port;
  throw new CliError("USAGE_INVALID", `Cannot use --http-server-port ${JSON.stringify(text)}: it is no port`);
}

async function showNode(context: CommandContext, name: string): Promise<NodeJson> {
  return nodeJson(context.nodes.get(name), await context.control(name).call("node.show", {}));
}

function createdResult({ terminal }: CommandContext, json: NodeJson): Result {
  const { green, bold } = terminal.resultStyle;
  const lines = [`${green("✔")} Node ${bold(json.name)} is running at ${json.route.verbose}`];
  if (json.http_server_address !== null) lines.push(`  HTTP server at http://${json.http_server_address}`);
  if (json.is_default) lines.push("  It is the default node");
  return { plain: lines.join("\n"), machine: json.name, json };
}

async function runForeground(context: CommandContext, node: NewNode, exitOnEof: boolean): Promise<undefined> {
  const { foregroundNode } = await import("../../node-process/run-foreground.js");
  const foreground = foregroundNode(context, node.name, { force: node.force === true, exitOnEof });
  await createNode(context, node, () => foreground.start());
  context.print(node.name);
  await foreground.untilEnd();
  return undefined;
}
