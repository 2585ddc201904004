import type { CommandContext } from "../../framework/context.js";
import type { Result } from "../../output/result.js";
import { isNone, noneResult } from "./result-blocks.js";

/** How to delete one thing of a node. */
export interface Deletion<Deleted> {
  /** What is deleted, for the question: `relay n3 of node n1`. */
  readonly what: string;
  /** Whether `--yes` was given. */
  readonly yes: boolean;
  /** Looks it up first, so that a wrong name is an error before anybody is asked. */
  readonly find: () => Promise<unknown>;
  readonly remove: () => Promise<Deleted | readonly []>;
}

/**
 * Deletes one thing after asking. Prints `[]` when the node has nothing of its kind, and nothing when the user says no.
 *
 * @throws CliError RESOURCE_NOT_FOUND, CONFIRMATION_NEEDED
 */
export async function deleteOne<Deleted>(
  context: CommandContext,
  { what, yes, find, remove }: Deletion<Deleted>,
): Promise<Result | undefined> {
  if (isNone((await find()) as readonly [])) return noneResult;
  if (!(await context.terminal.confirm(`Delete ${what}?`, yes))) return undefined;
  const deleted = await remove();
  return isNone(deleted) ? noneResult : { plain: `Deleted ${what}`, json: deleted };
}
