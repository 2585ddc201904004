import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import envPaths from "env-paths";
import { stateFailed } from "./json-file.js";

/**
 * The folder for all state: `CULVERT_HOME`, else the platform's folder for application data.
 * It and what is in it belong to the user alone.
 */
export function resolveHome(fromEnvironment: string | undefined): string {
  return resolve(fromEnvironment ?? envPaths("culvert", { suffix: "" }).data);
}

/**
 * Makes a folder and those above it, open to the user alone.
 *
 * @throws CliError STATE_FAILED
 */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw stateFailed("make the folder", path, error);
  }
}
