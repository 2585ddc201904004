import type { Terminal } from "../output/terminal.js";

/** Warns that others than this machine can connect to where something listens. */
export function warnOfOpen(terminal: Terminal, where: string, what: string): void {
  terminal.warn(
    `${what} listens on ${where} without protection: whoever reaches this machine can connect to it`,
  );
}
