import { CliError } from "../cli-error.js";
import type { CommandContext } from "../framework/context.js";
import { type NodeSettings, writeSettings } from "../state/node-files.js";
import { startBackground } from "./start-background.js";
import { stopProcess } from "./stop-node.js";

/** How to start a node again. */
export interface RestartOptions {
  /** What counts from then on. Default: what it was created with. */
  readonly settings?: NodeSettings;
  /** Whether one that runs is left alone. Default: it is stopped first, and its streams get a moment to end. */
  readonly leaveRunning?: boolean;
  /** Whether it ends with the command, however that ends. */
  readonly endsWithCommand?: boolean;
}

/**
 * Starts a node with all it had, in the background.
 *
 * @throws CliError NODE_NOT_FOUND, RESOURCE_IN_USE where it runs in a terminal, NODE_START_FAILED; CulvertError what starting throws
 */
export async function restartNode(
  { nodes, signal, passphrases }: CommandContext,
  name: string,
  { settings, leaveRunning = false, endsWithCommand = false }: RestartOptions = {},
): Promise<"started" | "was running"> {
  return nodes.exclusively(name, async () => {
    const { process, paths } = await nodes.get(name);
    if (process !== undefined && leaveRunning) return "was running";
    if (process?.foreground === true) throw runsInTerminal(name);
    if (settings !== undefined) await writeSettings(paths, settings);
    if (process !== undefined) await stopProcess(name, process, "drain");
    await startBackground(nodes, name, { signal, passphrases, endsWithCommand });
    return "started";
  });
}

function runsInTerminal(name: string): CliError {
  const reason = `Cannot restart node "${name}": it runs in a terminal`;
  return new CliError("RESOURCE_IN_USE", reason, {
    hint: `End it there, and start it with \`culvert node start ${name}\``,
  });
}
