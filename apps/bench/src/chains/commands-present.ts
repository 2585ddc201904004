import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { peersFolder } from "../peers/peers-folder.js";

/**
 * The full path of a command on this machine.
 * Searched are PATH, the `sbin` folders, where daemons live, and the folder that `pnpm --filter @x/bench install-peers` fills.
 */
export function findCommand(name: string): string | undefined {
  const path = (process.env.PATH ?? "").split(delimiter);
  const folders = [...path, "/usr/sbin", "/usr/local/sbin", join(peersFolder, "bin")];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Says which of the commands are missing, or nothing when all are there. */
export function missingCommands(...names: readonly string[]): string | undefined {
  const missing = names.filter((name) => findCommand(name) === undefined);
  return missing.length === 0 ? undefined : `${missing.join(", ")} not installed`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
