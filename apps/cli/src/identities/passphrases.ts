import { stat } from "node:fs/promises";
import { CliError } from "../cli-error.js";
import { readTextFile } from "../framework/text-file.js";
import type { Terminal } from "../output/terminal.js";
import { maxPassphraseFileBytes } from "./limits.js";

/** Where the passphrases of vaults come from. None of them stands in an argument, a log or an error. */
export interface Passphrases {
  /** The one of a vault that is sealed, by its name; nothing when there is none to be had. */
  of(vault: string): Promise<string | undefined>;
  /** The one that seals new vaults; nothing when they are not to be sealed. */
  forNew(): Promise<string | undefined>;
}

/** There are none. */
export const noPassphrases: Passphrases = {
  of: async () => undefined,
  forNew: async () => undefined,
};

/**
 * Passphrases from a file, which is read once, else as somebody types them.
 *
 * @param file see {@link readPassphraseFile}
 * @param terminal where somebody can be asked
 */
export function passphrasesFrom(file: string | undefined, terminal?: Terminal): Passphrases {
  let read: Promise<string> | undefined;
  const fromFile = async (): Promise<string | undefined> => {
    if (file === undefined) return undefined;
    read ??= readPassphraseFile(file);
    return read;
  };
  return {
    of: async (vault) => (await fromFile()) ?? terminal?.askSecret(`Passphrase of vault ${vault}`),
    forNew: fromFile,
  };
}

/**
 * Asks twice for the passphrase of a new vault.
 *
 * @throws CliError USAGE_INVALID when nobody can be asked, or the two differ
 */
export async function askNewPassphrase(terminal: Terminal, name: string): Promise<string> {
  const passphrase = await terminal.askSecret(`Passphrase for vault ${name}`);
  if (passphrase === undefined) {
    throw new CliError(
      "USAGE_INVALID",
      `Cannot ask for the passphrase of vault "${name}": no terminal is there`,
      {
        hint: "Give --passphrase-file, or set CULVERT_PASSPHRASE_FILE",
      },
    );
  }
  if (passphrase === (await terminal.askSecret("The same again"))) return passphrase;
  throw new CliError("USAGE_INVALID", "Cannot use the passphrase: it was typed in two ways");
}

/**
 * Reads a passphrase from the first line of a file, a pipe or a descriptor: `/run/secrets/vault`, `/dev/fd/3`, `-` for standard input.
 * A file of this user's own that others may read is refused.
 *
 * @throws CliError USAGE_INVALID
 */
export async function readPassphraseFile(path: string): Promise<string> {
  const failed = (reason: string, cause?: unknown): CliError =>
    new CliError("USAGE_INVALID", `Cannot read the passphrase from ${path}: ${reason}`, { cause });
  if (await isOpenToOthers(path)) throw failed("others may read it; take that away with `chmod go=`");
  const text = await readTextFile(path, { maxBytes: maxPassphraseFileBytes, failed });
  const passphrase = text.replace(/\r?\n$/, "");
  if (passphrase === "") throw failed("it is empty");
  if (/[\r\n]/.test(passphrase)) throw failed("it has more than one line");
  return passphrase;
}

/** Files that another user made, such as those that containers are given, cannot be changed here. */
async function isOpenToOthers(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() === true && stats.uid === process.getuid?.() && (stats.mode & 0o077) !== 0;
}
