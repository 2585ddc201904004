import { fstatSync, writeFileSync } from "node:fs";
import { CliError } from "../cli-error.js";
import { systemErrorCode } from "../state/system-error.js";
import { exitCodes } from "./exit-codes.js";

/**
 * Writes to standard output and resolves when the system has all of it.
 *
 * @throws CliError OUTPUT_FAILED
 */
export async function writeStandardOutput(text: string | Uint8Array): Promise<void> {
  try {
    if (isFile()) writeFileSync(process.stdout.fd, text);
    else await writeToStream(text);
  } catch (error) {
    throw outputFailed(error);
  }
}

/** The stream of a file writes once, and a disk that is nearly full takes a part without an error. */
function isFile(): boolean {
  try {
    return fstatSync(process.stdout.fd).isFile();
  } catch {
    return false;
  }
}

function writeToStream(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * The error for a result that could not be written. A reader that has seen enough, such as `head`, ends the command without a
 * word, as the signal does that other programs get then.
 */
export function outputFailed(error: unknown): CliError {
  const code = systemErrorCode(error);
  if (code === "EPIPE") process.exit(exitCodes.brokenPipe);
  return new CliError("OUTPUT_FAILED", `Cannot write the result: ${code ?? String(error)}`, {
    hint: "The command may have done its work: look before you repeat it",
    cause: error,
  });
}
