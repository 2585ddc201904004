import { CliError } from "../cli-error.js";
import type { CommandContext } from "../framework/context.js";
import type { LimitSettings } from "../runtime/limits/node-limits.js";
import { makePrivateFolder } from "../state/home.js";
import {
  type IssuingSettings,
  type NodePurpose,
  type NodeSettings,
  readSettings,
  writeSettings,
} from "../state/node-files.js";
import type { NodePaths } from "../state/node-paths.js";
import { authorityStore } from "./authority-store.js";
import { alreadyRunning } from "./claim.js";
import { defaultListenerAddress, defaultTransport } from "./node-options.js";
import { readResources } from "./saved-resources.js";
import { startBackground } from "./start-background.js";

/** What a new node shall have. */
export interface NewNode {
  readonly name: string;
  /** Where it listens, by transport. */
  readonly listeners: Readonly<Record<string, string>>;
  /** 0 for any port; absent for no HTTP server. */
  readonly httpServerPort?: number;
  /** Limits that differ from the defaults. */
  readonly limits?: LimitSettings;
  /** The name of its identity. Default: the default one of the home. */
  readonly identity?: string;
  /** The public history of the authority whose credentials count, in hex digits. */
  readonly authority?: string;
  /** Which of the credentials of its identity it shows. */
  readonly credentialScope?: string;
  /** What it issues, for an authority. */
  readonly issuing?: IssuingSettings;
  /** Whether one of that name that was stopped gives way with all it has. Default: it does where it has nothing. */
  readonly replace?: boolean;
  /** When it ends for good, in milliseconds since 1970. */
  readonly endsAtMs?: number;
  /** What it is there for, when it is made for that alone. */
  readonly purpose?: NodePurpose;
  /** Do not look whether a node of that name runs. */
  readonly force?: boolean;
  /** End it with the command, however that ends. */
  readonly endsWithCommand?: boolean;
}

/**
 * Writes down a new node and starts it. When it does not start, nothing is left of it.
 *
 * @param start makes it run; resolves when it answers
 * @throws CliError NODE_NAME_TAKEN, NODE_START_FAILED, STATE_FAILED; CulvertError what starting throws
 */
export async function createNode(
  context: CommandContext,
  node: NewNode,
  start?: () => Promise<void>,
): Promise<void> {
  const { nodes, terminal } = context;
  const { name, force = false, replace = false, endsWithCommand = false, ...settings } = node;
  await nodes.exclusively(name, async () => {
    const existing = await nodes.find(name);
    const twin = nodes.twin(name);
    if (twin !== undefined) throw tooSimilar(name, twin);
    if (existing?.process !== undefined && !force) throw alreadyRunning(name, existing.process.pid);
    if (existing !== undefined) {
      const isBare = isBareNode(existing.paths, replace);
      if (!isBare && !replace) throw holdsThings(name, readSettings(existing.paths));
      if (!isBare) terminal.warn(`Node ${name} was stopped; it is created anew, without what it had`);
      await nodes.remove(name);
    }
    // Those that were made to share or open something are not what other commands are about.
    const isFirst = nodes.names().every((other) => readSettings(nodes.paths(other))?.purpose !== undefined);
    const paths = nodes.paths(name);
    makePrivateFolder(paths.folder);
    await writeSettings(paths, { createdAt: Date.now(), ...(await asMember(context, settings)) });
    try {
      const { signal, passphrases } = context;
      await (start?.() ?? startBackground(nodes, name, { force, endsWithCommand, signal, passphrases }));
      if (isFirst && node.purpose === undefined) await nodes.setDefault(name);
    } catch (error) {
      await nodes.remove(name);
      throw error;
    }
  });
}

type WhoIs = Pick<NewNode, "identity" | "authority" | "issuing" | "purpose">;

/**
 * On a home that is a member with an authority, new nodes take part in that, unless they are another identity, believe another
 * authority, or are one.
 */
async function asMember<Settings extends WhoIs>(
  { identities }: CommandContext,
  settings: Settings,
): Promise<Settings> {
  const { identity, authority, issuing, purpose } = settings;
  if (authority !== undefined || issuing !== undefined || purpose !== undefined) return settings;
  const membership = (await identities()).memberships.newest();
  if (membership === undefined || (identity ?? membership.identity) !== membership.identity) return settings;
  return { ...settings, identity: membership.identity, authority: membership.history };
}

/**
 * Says whether a node has nothing but the listeners that it was created with, and neither members nor tickets.
 *
 * @param isGivenUp whether what cannot be read may be lost
 * @throws CliError STATE_CORRUPT, STATE_FAILED
 */
function isBareNode(paths: NodePaths, isGivenUp: boolean): boolean {
  try {
    const kept = Object.entries(readResources(paths.resources, [])?.spec.resources ?? {});
    const listeners = Object.keys(readSettings(paths)?.listeners ?? {}).map(
      (transport) => `${transport}-listener`,
    );
    const { members = {}, tickets = [] } = authorityStore(paths.authority).load() ?? {};
    const isAlone = tickets.length + Object.keys(members).length === 0;
    return isAlone && kept.every(([noun, things]) => things.length <= (listeners.includes(noun) ? 1 : 0));
  } catch (error) {
    if (isGivenUp) return false;
    throw error;
  }
}

function holdsThings(name: string, settings: NodeSettings | undefined): CliError {
  const what = settings?.issuing === undefined ? "node" : "authority";
  const reason = `Cannot create node "${name}": it is there, stopped, and would lose what it has`;
  const hint = `\`culvert node start ${name}\` brings it back with all it has; \`culvert ${what} create ${name} --replace\` gives that up`;
  return new CliError("NODE_NAME_TAKEN", reason, { hint });
}

function tooSimilar(name: string, twin: string): CliError {
  const reason = `Cannot create node "${name}": it differs from node "${twin}" in capital letters alone`;
  return new CliError("NODE_NAME_TAKEN", reason, { hint: "Choose another name" });
}

/** Creates a node with a random name, for commands that need one and find none. */
export async function createDefaultNode(
  context: CommandContext,
  options: Pick<NewNode, "endsWithCommand"> = {},
): Promise<string> {
  const name = await generateNodeName(context);
  await context.terminal.spin(
    `Creating node ${name}`,
    createNode(context, { name, listeners: { [defaultTransport]: defaultListenerAddress }, ...options }),
  );
  context.terminal.done(`Created node ${name}, the default from now on`);
  return name;
}

/** Two words that name no node yet. @throws CliError RESOURCE_NAME_TAKEN */
export async function generateNodeName({ nodes }: CommandContext): Promise<string> {
  const { twoWords } = await import("../syntax/two-words.js");
  return twoWords("node", (name) => nodes.has(name));
}
