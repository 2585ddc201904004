import { CliError } from "../../cli-error.js";
import type { Arguments } from "../../configuration/arguments.js";
import type { CommandContext } from "../../framework/context.js";
import { createNode, generateNodeName, type NewNode } from "../../node-process/create-node.js";
import { type NodeJson, nodeJson } from "../../node-process/node-json.js";
import { defaultListenerAddress, defaultTransport, listenerOption } from "../../node-process/node-options.js";
import type { Registry } from "../../registry/registry.js";
import { parseLimits } from "../../syntax/limit-settings.js";
import { parseNodeName } from "../../syntax/names.js";
import { isOpen, readPlace, warnOfOpen } from "../../transports/place.js";

/**
 * Reads what a new node shall have: the values of the options of `nodeOptions`, given on the command line or by a configuration.
 * Without a name it gets two random words.
 *
 * @throws CliError USAGE_INVALID
 */
export async function readNewNode(
  context: CommandContext,
  { transports, addresses }: Registry,
  given: Arguments,
): Promise<NewNode> {
  const { limits, name, identity } = given;
  const authority = given["authority-identity"];
  const scope = given["credential-scope"];
  if (authority !== undefined) await checkAuthority(String(authority));
  const httpServerPort = given["http-server-port"] ?? (given["http-server"] === true ? 0 : undefined);
  const listeners: Record<string, string> = { [defaultTransport]: defaultListenerAddress };
  for (const { manifest } of transports) {
    const option = listenerOption(manifest.name);
    const text = given[option];
    if (text === undefined) continue;
    listeners[manifest.name] = readPlace(manifest, String(text), addresses, {
      what: `--${option}`,
      portZero: true,
    });
  }
  return {
    name: name === undefined ? await generateNodeName(context) : parseNodeName(String(name)),
    listeners,
    ...(httpServerPort === undefined ? {} : { httpServerPort: Number(httpServerPort) }),
    ...(identity === undefined ? {} : { identity: String(identity) }),
    ...(authority === undefined ? {} : { authority: String(authority) }),
    ...(scope === undefined ? {} : { credentialScope: String(scope) }),
    ...(limits === undefined ? {} : { limits: parseLimits(limits as readonly string[], transports) }),
  };
}

/** A setting that says whom to trust, and that cannot be used, must not go unnoticed. */
async function checkAuthority(hex: string): Promise<void> {
  const { importIdentity } = await import("@x/identity");
  try {
    await importIdentity(hex);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError("USAGE_INVALID", `Cannot use --authority-identity: ${reason}`, {
      hint: "Give what `culvert identity show --full --encoding hex` prints for the authority",
      cause,
    });
  }
}

/** Warns where others can reach a new node. */
export function warnIfNodeIsOpen(context: CommandContext, { transports }: Registry, node: NewNode): void {
  for (const { manifest } of transports) {
    const where = node.listeners[manifest.name];
    if (where !== undefined && isOpen(manifest, where))
      warnOfOpen(context.terminal, where, `Node ${node.name}`);
  }
}

/**
 * Creates a node in the background and tells of it.
 *
 * @throws CliError, CulvertError what `createNode` throws
 */
export async function createBackgroundNode(
  context: CommandContext,
  registry: Registry,
  node: NewNode,
): Promise<NodeJson> {
  warnIfNodeIsOpen(context, registry, node);
  await context.terminal.spin(`Creating node ${node.name}`, createNode(context, node));
  return showNode(context, node.name);
}

/** A node that runs, with all it has. */
export async function showNode(context: CommandContext, name: string): Promise<NodeJson> {
  return nodeJson(await context.nodes.get(name), await context.control(name).call("node.show", {}));
}
