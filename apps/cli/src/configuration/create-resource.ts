import { CulvertError, isCulvertError } from "@x/core";
import { CliError } from "../cli-error.js";
import type { CommandContext } from "../framework/context.js";
import { CommandInput } from "../framework/input.js";
import type { Result } from "../output/result.js";
import { isArgument, optionKey, optionName } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import { makingCommand } from "../registry/resource-commands.js";
import type { Arguments } from "./arguments.js";

/** Makes a thing as its command does, with the same options. */
export async function createResource(
  context: CommandContext,
  kind: Resource,
  given: Arguments,
): Promise<Result> {
  return (await makingCommand(kind).run(context, inputOf(kind, given))) ?? {};
}

/** Arguments of a configuration as its command is given them. */
export function inputOf(kind: Resource, given: Arguments): CommandInput {
  const args = new Map<string, string>();
  const options: Record<string, unknown> = {};
  for (const option of kind.options) {
    const value = given[optionKey(option)];
    if (value === undefined) continue;
    if (isArgument(option)) args.set(optionName(option), String(value));
    else options[optionName(option)] = value;
  }
  return new CommandInput(args, options);
}

/** The same error, saying where in the configuration the cause is. */
export function locatedError(error: unknown, where: string): unknown {
  if (error instanceof CliError) {
    return new CliError(error.code, `${where}: ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
  if (!isCulvertError(error)) return error;
  const hop = error.hop === undefined ? {} : { hop: error.hop };
  return new CulvertError(error.code, `${where}: ${error.message}`, { cause: error, ...hop });
}
