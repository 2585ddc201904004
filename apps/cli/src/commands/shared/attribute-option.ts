import { CliError } from "../../cli-error.js";
import type { OptionDefinition } from "../../framework/command.js";

/** What is said about a member. */
export const attributeOption: OptionDefinition = {
  flags: "--attribute <name=value>",
  description: "What is said; repeatable. Nothing but the membership when left out",
  repeatable: true,
};

/**
 * The values of {@link attributeOption}.
 *
 * @throws CliError USAGE_INVALID
 */
export function readAttributes(given: readonly string[]): Readonly<Record<string, string>> {
  const attributes = new Map<string, string>();
  for (const text of given) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    const refuse = (why: string): CliError =>
      new CliError("USAGE_INVALID", `Cannot use --attribute ${JSON.stringify(text.slice(0, 80))}: ${why}`);
    if (name === undefined || value === undefined) throw refuse("it is not name=value");
    if (attributes.has(name)) throw refuse(`${name} is given twice`);
    attributes.set(name, value);
  }
  return Object.fromEntries(attributes);
}
