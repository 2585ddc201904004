import { readFileSync } from "node:fs";
import { CliError } from "../cli-error.js";
import { replaceFile } from "./replace-file.js";
import { systemErrorCode } from "./system-error.js";

/**
 * Reads a JSON file of the state.
 *
 * @param check returns the value when it has the right shape, else nothing
 * @returns nothing when there is no such file
 * @throws CliError STATE_CORRUPT, STATE_FAILED
 */
export function readJsonFile<T>(path: string, check: (value: unknown) => T | undefined): T | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const value = check(parse(text));
  if (value !== undefined) return value;
  throw new CliError("STATE_CORRUPT", `Cannot use state file ${path}: it does not hold what it should`, {
    hint: "Mend it by hand or restore it from a backup; for one of a node, delete the node and create it again",
  });
}

/** Replaces a JSON file as a whole: a reader sees the old or the new content, never a mixture. Open to the user alone. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  try {
    await replaceFile(path, `${JSON.stringify(value, null, 2)}\n`);
  } catch (error) {
    throw stateFailed("write", path, error);
  }
}

/** The error for state that cannot be read or written. */
export function stateFailed(action: string, path: string, error: unknown): CliError {
  return new CliError(
    "STATE_FAILED",
    `Cannot ${action} ${path}: ${systemErrorCode(error) ?? String(error)}`,
    {
      hint: "Check the space on the disk and the permissions of CULVERT_HOME",
      cause: error,
    },
  );
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw stateFailed("read", path, error);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Says whether a value is an object with members, as JSON has them. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
