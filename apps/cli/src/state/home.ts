import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { CliError } from "../cli-error.js";
import { stateFailed } from "./json-file.js";
import { systemErrorCode } from "./system-error.js";

/**
 * The folder for all state: `CULVERT_HOME`, else the platform's folder for application data.
 * It and what is in it belong to the user alone.
 *
 * @throws CliError STATE_FAILED where the variable is not set and the user has no folder
 */
export async function resolveHome(fromEnvironment: string | undefined): Promise<string> {
  if (fromEnvironment !== undefined) return resolve(fromEnvironment);
  try {
    // Loaded here, because loading it fails for a user number without an account.
    const { default: envPaths } = await import("env-paths");
    return resolve(envPaths("culvert", { suffix: "" }).data);
  } catch (error) {
    throw new CliError("STATE_FAILED", "Cannot find a folder for the state: this user has no home folder", {
      hint: "Set CULVERT_HOME to a folder of your own",
      cause: error,
    });
  }
}

/**
 * Makes a folder and those above it, open to the user alone.
 *
 * @throws CliError STATE_FAILED
 */
export function makePrivateFolder(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    throw stateFailed("make the folder", path, error);
  }
}

/** One level after the other: the recursion of `mkdirSync` never ends where nothing can be made, as in `/proc`. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    // Another command may have made it meanwhile.
    if (systemErrorCode(error) !== "EEXIST" || !statSync(path).isDirectory()) throw error;
  }
}
