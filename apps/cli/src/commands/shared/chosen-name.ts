import { CliError } from "../../cli-error.js";
import type { CommandContext } from "../../framework/context.js";

/** What a name is chosen from. */
export interface Choice {
  /** The kind of thing: `tcp-inlet`. */
  readonly what: string;
  /** The name the user gave, if any. */
  readonly given: string | undefined;
  /** Asks the node for the names there are. */
  readonly list: () => Promise<readonly string[]>;
}

/**
 * The name a command is about: the one given, or on a terminal the one the user chooses.
 * Nothing when there is nothing to choose from.
 *
 * @throws CliError USAGE_INVALID when nobody can be asked
 */
export async function chooseName(
  context: CommandContext,
  { what, given, list }: Choice,
): Promise<string | undefined> {
  if (given !== undefined) return given;
  const names = await list();
  if (names.length === 0) return undefined;
  const chosen = await context.terminal.choose(`Which ${what}?`, names);
  if (chosen !== undefined) return chosen;
  throw new CliError("USAGE_INVALID", `Cannot go on without the name of the ${what}`, {
    hint: `There are: ${names.slice(0, 10).join(", ")}`,
  });
}
