import { CliError } from "../../cli-error.js";
import type { OptionDefinition } from "../../framework/command.js";
import type { CommandInput } from "../../framework/input.js";
import type { SocketSettings } from "../../runtime/operation-types.js";

const switchValues = ["on", "off"] as const;

/** How an inlet or outlet treats its local sockets. */
export const socketOptions: readonly OptionDefinition[] = [
  { flags: "--max-connections <number>", description: "Most connections at a time" },
  {
    flags: "--tcp-no-delay <on|off>",
    description: "Send small writes at once (default: on)",
    choices: switchValues,
  },
  {
    flags: "--tcp-keep-alive <on|off>",
    description: "Let the system find out that the other side is gone (default: on)",
    choices: switchValues,
  },
];

/**
 * The values of {@link socketOptions} that were given.
 *
 * @throws CliError USAGE_INVALID
 */
export function readSocketSettings(input: CommandInput): SocketSettings {
  const maxConnections = input.text("max-connections");
  const noDelay = input.text("tcp-no-delay");
  const keepAlive = input.text("tcp-keep-alive");
  return {
    ...(maxConnections === undefined ? {} : { maxStreams: readCount(maxConnections) }),
    ...(noDelay === undefined ? {} : { noDelay: noDelay === "on" }),
    ...(keepAlive === undefined ? {} : { keepAlive: keepAlive === "on" }),
  };
}

function readCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new CliError(
    "USAGE_INVALID",
    `Cannot use --max-connections ${JSON.stringify(text)}: it is no number from 1`,
  );
}
