import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

/** Something that is closed when whoever started it is done. */
export interface Closable {
  close(): Promise<unknown>;
}

/** Closes all that is on a list. Safe to call twice. */
export async function closeAll(opened: Closable[]): Promise<void> {
  await Promise.all(opened.splice(0).map((thing) => thing.close()));
}

/** Where tunnels of others are put to be measured beside: `apps/bench/peers`, which git ignores. */
const peersFolder: string = fileURLToPath(new URL("../../peers/", import.meta.url));

/** Commands of others that still run: they end when the bench itself is told to end. */
export const running: Set<Closable> = new Set();

/**
 * Starts a command of somebody else's making, with all its children in one process group that ends with `opened`. Gives its pid.
 *
 * @param line its words, without spaces in them
 */
export function startCommand(opened: Closable[], line: string, cwd: string): number {
  const [name = "", ...args] = line.split(" ");
  const options = { cwd, detached: true, stdio: "ignore", reject: false } as const;
  const child = execa(findCommand(name) ?? name, args, options);
  const { pid } = child;
  const command: Closable = {
    close: async () => {
      running.delete(command);
      try {
        if (pid !== undefined) process.kill(-pid, "SIGKILL");
      } catch {
        // The group is gone already.
      }
      await child;
    },
  };
  running.add(command);
  opened.push(command);
  return pid ?? 0;
}

/** Searches PATH, the `sbin` folders, where daemons live, and the folder that `install-peers` fills. */
export function findCommand(name: string): string | undefined {
  const path = (process.env.PATH ?? "").split(delimiter);
  const folders = [...path, "/usr/sbin", "/usr/local/sbin", join(peersFolder, "bin")];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
