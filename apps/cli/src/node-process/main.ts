import { toWireError } from "../control/wire-error.js";
import { readEnvironment } from "../environment.js";
import { resolveHome } from "../state/home.js";
import { NodeStore } from "../state/nodes.js";
import { watchLife } from "./life.js";
import { openFileLog } from "./logging.js";
import { runNode } from "./run-node.js";
import type { StartReport } from "./start-background.js";

/** The background process of a node: `node node-process.js <name> [--force]`, started by a command that waits for its report. */
async function runInBackground(name: string, force: boolean): Promise<void> {
  process.title = `culvert node ${name}`;
  process.umask(0o077);
  const environment = readEnvironment(process.env);
  const nodes = new NodeStore(resolveHome(environment.home));
  const log = openFileLog(nodes.paths(name).logFolder, { environment, level: "info" });
  const { promise: ended, resolve: onEnd } = withResolvers();
  watchLife({ log: log.logger, onEnd, endsWithTerminal: false });
  try {
    const node = await runNode({ nodes, name, foreground: false, force, log: log.logger });
    report({ ready: true });
    await ended;
    await node.close();
    log.logger.info({}, "Ended");
  } catch (error) {
    log.logger.error({ err: error }, "Cannot start");
    report({ ready: false, error: toWireError(error) });
    process.exitCode = 70;
  }
  await log.close();
  process.exit();
}

function report(content: StartReport): void {
  if (process.connected) process.send?.(content, () => process.connected && process.disconnect());
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

void runInBackground(process.argv[2] ?? "", process.argv.includes("--force"));
