import { isatty } from "node:tty";

/**
 * Has SIGUSR1, which other daemons take for the rotation of logs, do nothing. Where nobody listens for it, Node.js opens a
 * debugger, and whoever reaches its port runs code as this user.
 */
export function refuseDebugger(): void {
  process.on("SIGUSR1", () => {});
}

/**
 * Calls `end` when the terminal of this process is closed. Without one the signal is none of its terminal: `nohup` took all three
 * streams from it, and Node.js takes no notice that `nohup` has the signal ignored.
 */
export function onTerminalClosed(end: (signal: NodeJS.Signals) => void): void {
  // Asked now: a terminal that is closed is none any more.
  const hasTerminal = [0, 1, 2].some(isatty);
  process.on("SIGHUP", (signal) => {
    if (hasTerminal) end(signal);
  });
}

/** Calls `reload` at each SIGHUP that is no terminal's, until the returned function is called. */
export function onReload(reload: () => void): () => void {
  if ([0, 1, 2].some(isatty)) return () => {};
  process.on("SIGHUP", reload);
  return () => process.off("SIGHUP", reload);
}
