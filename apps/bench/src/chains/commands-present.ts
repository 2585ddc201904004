import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The full path of a command on this machine. `sbin` folders are searched too, where daemons live. */
export function findCommand(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
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
