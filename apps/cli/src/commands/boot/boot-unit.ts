import { existsSync, realpathSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { systemdUnit, unitName } from "../../boot/systemd-unit.js";
import { CliError } from "../../cli-error.js";
import type { OptionDefinition } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";

/** What says which unit is meant. */
export const placeOptions: readonly OptionDefinition[] = [
  {
    flags: "--system",
    description:
      "One of the system, which starts with the machine; else one of the user, which starts with the first login",
  },
];

/** What says what a unit does. */
export const unitOptions: readonly OptionDefinition[] = [
  ...placeOptions,
  {
    flags: "--user <name>",
    description: "With --system: whose nodes they are; the user who runs the command when left out",
  },
  {
    flags: "--file <file>",
    description: "A configuration that is applied at each start; all nodes start as they were when left out",
  },
];

/** A unit, and where it belongs. */
export interface BootUnit {
  readonly path: string;
  readonly text: string;
  readonly isSystem: boolean;
}

/** Where the unit is. */
export function unitPath(isSystem: boolean): string {
  if (isSystem) return join("/etc/systemd/system", unitName);
  const config = process.env.XDG_CONFIG_HOME || join(homedir(), ".config");
  return join(config, "systemd", "user", unitName);
}

/** @throws CliError USAGE_INVALID */
export function bootUnit({ nodes, environment }: CommandContext, input: CommandInput): BootUnit {
  const isSystem = input.flag("system");
  const user = input.text("user");
  if (user !== undefined && !isSystem) {
    throw new CliError("USAGE_INVALID", "Cannot use --user for a unit of the user", { hint: "Add --system" });
  }
  if (user !== undefined && !/^[a-z_][a-z0-9_-]*\$?$/i.test(user)) {
    throw new CliError("USAGE_INVALID", `Cannot use --user ${JSON.stringify(user)}: it is no name of a user`);
  }
  const file = input.text("file");
  if (file !== undefined && !existsSync(file)) {
    throw new CliError("USAGE_INVALID", `Cannot use --file ${file}: there is no such file`);
  }
  const { passphraseFile } = environment;
  const text = systemdUnit({
    command: [process.execPath, realpathSync(process.argv[1] ?? "culvert")],
    home: nodes.home,
    ...(isSystem && { user: user ?? userInfo().username }),
    ...(file !== undefined && { file: resolve(file) }),
    environment: passphraseFile === undefined ? {} : { CULVERT_PASSPHRASE_FILE: resolve(passphraseFile) },
  });
  return { path: unitPath(isSystem), text, isSystem };
}
