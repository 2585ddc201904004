import { CliError } from "../../cli-error.js";
import type { CommandContext } from "../../framework/context.js";
import {
  createNode,
  defaultListenerAddress,
  generateNodeName,
  type NewNode,
} from "../../node-process/create-node.js";
import { type NodeJson, nodeJson } from "../../node-process/node-json.js";
import { formatHostPort, parseHostPort } from "../../syntax/host-port.js";
import { parseLimits } from "../../syntax/limit-settings.js";
import { parseNodeName } from "../../syntax/names.js";
import { warnIfOpen } from "../shared/bind-warning.js";

/** What is said of a new node, by options or by a configuration: the values of the options of that name. */
export interface NodeOptions {
  readonly name?: string;
  readonly "tcp-listener-address"?: string;
  readonly "udp-listener-address"?: string;
  readonly "http-server"?: boolean;
  readonly "http-server-port"?: string;
  /** As `name=value`. */
  readonly limits?: readonly string[];
}

/**
 * Reads what a new node shall have. Without a name it gets two random words.
 *
 * @throws CliError USAGE_INVALID
 */
export async function readNewNode(context: CommandContext, options: NodeOptions): Promise<NewNode> {
  const udpListenerAddress = options["udp-listener-address"];
  const httpServerPort = readHttpPort(options);
  const tcpListenerAddress = options["tcp-listener-address"] ?? defaultListenerAddress;
  return {
    name: options.name === undefined ? await generateNodeName(context) : parseNodeName(options.name),
    tcpListenerAddress: readListener(tcpListenerAddress, "--tcp-listener-address"),
    ...(udpListenerAddress === undefined
      ? {}
      : { udpListenerAddress: readListener(udpListenerAddress, "--udp-listener-address") }),
    ...(httpServerPort === undefined ? {} : { httpServerPort }),
    ...(options.limits === undefined ? {} : { limits: parseLimits(options.limits) }),
  };
}

/** Warns where others can reach a new node. */
export function warnIfNodeIsOpen(context: CommandContext, node: NewNode): void {
  for (const where of [node.tcpListenerAddress, node.udpListenerAddress]) {
    if (where !== undefined) warnIfOpen(context, where, `Node ${node.name}`);
  }
}

/**
 * Creates a node in the background and tells of it.
 *
 * @throws CliError, CulvertError what `createNode` throws
 */
export async function createBackgroundNode(context: CommandContext, node: NewNode): Promise<NodeJson> {
  warnIfNodeIsOpen(context, node);
  await context.terminal.spin(`Creating node ${node.name}`, createNode(context, node));
  return showNode(context, node.name);
}

/** A node that runs, with all it has. */
export async function showNode(context: CommandContext, name: string): Promise<NodeJson> {
  return nodeJson(context.nodes.get(name), await context.control(name).call("node.show", {}));
}

function readListener(text: string, what: string): string {
  return formatHostPort(parseHostPort(text, { what, portZero: true }));
}

function readHttpPort(options: NodeOptions): number | undefined {
  const text = options["http-server-port"];
  if (text === undefined) return options["http-server"] === true ? 0 : undefined;
  if (/^\d{1,5}$/.test(text)) return parseHostPort(text, { what: "--http-server-port", portZero: true }).port;
  throw new CliError("USAGE_INVALID", `Cannot use --http-server-port ${JSON.stringify(text)}: it is no port`);
}
