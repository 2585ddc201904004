import type { CommandContext } from "../framework/context.js";
import type { Registry } from "../registry/registry.js";
import { watchLife } from "./life.js";
import { type RunningNode, runNode } from "./run-node.js";
import { openTerminalLog } from "./telemetry/logging.js";

export interface RunForegroundOptions {
  readonly registry: Registry;
  /** Take over from a process that still runs. */
  readonly force: boolean;
  /** End the node when standard input ends. */
  readonly exitOnEof: boolean;
}

/** A node in the process of its command. */
export interface ForegroundNode {
  /** Makes the node; resolves when it answers commands. */
  start(): Promise<void>;
  /** Resolves when a signal, or the end of standard input, has ended the node. */
  untilEnd(): Promise<void>;
  /** Gives the node up at once. */
  close(): Promise<void>;
}

const levels = ["info", "debug", "trace"] as const;

/** A node that runs in the terminal and logs to standard error. */
export function foregroundNode(
  context: CommandContext,
  name: string,
  options: RunForegroundOptions,
): ForegroundNode {
  const { environment, settings, nodes } = context;
  const log = openTerminalLog({
    environment,
    level: settings.quiet ? "silent" : (levels[Math.min(settings.verbose, levels.length - 1)] ?? "info"),
    useColours: !settings.noColor && process.stderr.isTTY === true,
  });
  const { drainTimeoutMs } = environment;
  const life = watchLife({ log: log.logger, drainTimeoutMs, endsWithTerminal: true });
  let node: RunningNode | undefined;
  return {
    async start() {
      node = await runNode({
        nodes,
        registry: options.registry,
        identities: await context.identities(),
        name,
        foreground: true,
        force: options.force,
        log: log.logger,
        onTimeOver: () => life.end(0),
      });
      if (!options.exitOnEof) return;
      process.stdin.on("end", () => life.end(0)).on("error", () => life.end(0));
      process.stdin.resume();
    },
    async untilEnd() {
      await node?.close(await life.ended);
      await log.close();
    },
    async close() {
      await node?.close(0);
      await log.close();
    },
  };
}
