import { type Option, optionTitle } from "../registry/option.js";
import type { AddressSyntax } from "../syntax/multi-address.js";

/** The value of an argument as a command takes it. */
export type ArgumentValue = string | readonly string[] | boolean;

/** The arguments of one thing by name. */
export type Arguments = Readonly<Record<string, ArgumentValue>>;

/** Reads a value of a configuration as the option of that name takes it; tells what is wrong with it where it cannot be. */
export function readArgument(
  option: Option,
  value: unknown,
  addresses: AddressSyntax,
): { readonly value: ArgumentValue } | { readonly fault: string } {
  try {
    return { value: argumentOf(option, value, addresses) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function argumentOf(option: Option, value: unknown, addresses: AddressSyntax): ArgumentValue {
  const { kind } = option;
  if (kind.form === "flag") return readFlag(value, ["true", "false"], "it must be true or false");
  if (kind.form === "switch") return readFlag(value, ["on", "off"], "it must be on or off") ? "on" : "off";
  const check = (item: unknown, fault?: string): string => {
    const text = textOf(item, fault);
    kind.check(text, optionTitle(option), addresses);
    return text;
  };
  if (kind.form !== "list") return check(value);
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (items.length === 0) throw new TypeError("it is empty");
  return items.map((item) => check(item, `it must be ${kind.item} or a list of them`));
}

function readFlag(value: unknown, [yes, no]: readonly [string, string], fault: string): boolean {
  const text = typeof value === "string" ? value.toLowerCase() : undefined;
  if (text === yes) return true;
  if (text === no) return false;
  throw new TypeError(fault);
}

function textOf(value: unknown, fault = "it must be a single value"): string {
  if (typeof value !== "string") throw new TypeError(fault);
  if (value === "") throw new TypeError("it is empty");
  return value;
}
