import { CulvertError } from "@x/core";
import { CliError } from "../cli-error.js";
import type { Command } from "../framework/command.js";
import { findEntry, isVerb } from "../framework/command-line.js";
import type { CommandContext } from "../framework/context.js";
import { CommandInput } from "../framework/input.js";
import type { Result } from "../output/result.js";
import type { Arguments } from "./argument-schemas.js";
import type { ResourceType } from "./resource-kinds.js";

/** The arguments of a command that are no options, by the argument of a configuration they are in. */
const positional: Readonly<Partial<Record<ResourceType, Readonly<Record<string, string>>>>> = {
  service: { type: "type" },
  relay: { name: "name" },
  "tcp-inlet": { name: "name" },
};

/** Makes a resource as its command does, with the same options. */
export async function createResource(
  context: CommandContext,
  type: ResourceType,
  given: Arguments,
): Promise<Result> {
  const command = await loadCommand(type);
  const args = new Map<string, string>();
  const options: Record<string, unknown> = defaultsOf(command);
  for (const [name, value] of Object.entries(given)) {
    const argument = positional[type]?.[name];
    if (argument === undefined) options[name] = value;
    else args.set(argument, String(value));
  }
  const result = await command.run(context, new CommandInput(args, options));
  return result ?? {};
}

/** The same error, saying where in the configuration the cause is. */
export function locatedError(error: unknown, where: string): unknown {
  if (error instanceof CliError) {
    return new CliError(error.code, `${where}: ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
  if (!(error instanceof CulvertError)) return error;
  const hop = error.hop === undefined ? {} : { hop: error.hop };
  return new CulvertError(error.code, `${where}: ${error.message}`, { cause: error, ...hop });
}

async function loadCommand(type: ResourceType): Promise<Command> {
  const entry = findEntry(type === "service" ? ["service", "start"] : [type, "create"]);
  if (entry === undefined || !isVerb(entry)) throw new TypeError(`No command makes ${type}`);
  return (await entry.load()).command;
}

function defaultsOf({ options = [] }: Command): Record<string, string> {
  const withDefault = options.filter((option) => option.default !== undefined);
  return Object.fromEntries(
    withDefault.map(({ flags, default: value }) => [
      /--([a-z-]+)/.exec(flags)?.[1] ?? flags,
      value as string,
    ]),
  );
}
