import type { CommandContext } from "../../framework/context.js";
import { isLoopback, parseHostPort } from "../../syntax/host-port.js";

/** Warns when others than this machine can connect to where something listens. */
export function warnIfOpen({ terminal }: CommandContext, where: string, what: string): void {
  const { host } = parseHostPort(where, { portZero: true });
  if (isLoopback(host)) return;
  terminal.warn(
    `${what} listens on ${where} without protection: whoever reaches this machine can connect to it`,
  );
}
