import { CliError } from "../cli-error.js";
import { withLock } from "../state/lock.js";
import { type NodeProcess, readProcess, writeProcess } from "../state/node-files.js";
import { isRunning } from "../state/node-running.js";
import type { NodeStore } from "../state/nodes.js";

export interface ClaimOptions {
  readonly nodes: NodeStore;
  readonly name: string;
  /** Take over from a process that still runs. */
  readonly force: boolean;
}

/**
 * Makes this process the one that runs the node: at most one at a time, whoever starts it.
 *
 * @throws CliError NODE_NAME_TAKEN when another process runs it
 */
export async function claimNode(
  nodeProcess: NodeProcess,
  { nodes, name, force }: ClaimOptions,
): Promise<void> {
  const paths = nodes.paths(name);
  await withLock(`${nodes.lockPath(name)}.claim`, async () => {
    const other = readProcess(paths);
    if (!force && other !== undefined && (await isRunning(other, paths.socket)))
      throw alreadyRunning(name, other.pid);
    await writeProcess(paths, nodeProcess);
  });
}

/** The error for a node that runs already. */
export function alreadyRunning(name: string, pid: number): CliError {
  return new CliError(
    "NODE_NAME_TAKEN",
    `Cannot create node "${name}": it is already running as process ${pid}`,
    {
      hint: `Choose another name, or run \`culvert node delete ${name} --yes\` first`,
    },
  );
}
