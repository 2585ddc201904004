import { toWireError } from "../control/wire-error.js";
import { readEnvironment } from "../environment.js";
import { HomeIdentities } from "../identities/home-identities.js";
import { exitCodes } from "../output/exit-codes.js";
import { refuseDebugger } from "../process-signals.js";
import { Registry } from "../registry/registry.js";
import { resources, transportResources } from "../resources/index.js";
import { resolveHome } from "../state/home.js";
import { NodeStore } from "../state/nodes.js";
import { closeInheritedDescriptors } from "./inherited-descriptors.js";
import { watchLife } from "./life.js";
import { askedPassphrases } from "./passphrase-questions.js";
import { runNode } from "./run-node.js";
import type { StartReport } from "./start-background.js";
import { openFileLog } from "./telemetry/logging.js";

/**
 * The background process of a node: `node node-process.js <name> [--force] [--ends-with-command]`, started by a command that waits
 * for its report.
 */
async function runInBackground(name: string, flags: readonly string[]): Promise<void> {
  process.title = `culvert node ${name}`;
  process.umask(0o077);
  closeInheritedDescriptors();
  refuseDebugger();
  const environment = readEnvironment(process.env);
  const passphrases = askedPassphrases(environment.passphraseFile);
  const nodes = new NodeStore(await resolveHome(environment.home));
  const registry = new Registry(nodes.home, resources, transportResources);
  const log = openFileLog(nodes.paths(name).logFolder, { environment, level: "info" });
  const { drainTimeoutMs } = environment;
  const endsWithCommand = flags.includes("--ends-with-command");
  const life = watchLife({ log: log.logger, drainTimeoutMs, endsWithTerminal: false });
  // The system closes the channel, however the command ends.
  if (endsWithCommand) process.on("disconnect", () => life.end(drainTimeoutMs));
  try {
    const force = flags.includes("--force");
    const identities = new HomeIdentities(nodes.home, passphrases);
    const onTimeOver = (): void => life.end(0);
    const settings = { nodes, registry, identities, name, foreground: false, force, log: log.logger };
    const node = await runNode({ ...settings, onTimeOver });
    passphrases.stopAsking();
    void report({ ready: true }, endsWithCommand);
    await node.close(await life.ended);
    log.logger.info("Ended");
  } catch (error) {
    log.logger.error({ err: error }, "Cannot start");
    await report({ ready: false, error: toWireError(error) });
    process.exitCode = exitCodes.failed;
  }
  await log.close();
  process.exit();
}

/** Tells the command that waits, and lets go of it unless it is to be kept. It may be gone. */
function report(content: StartReport, keep = false): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || process.send === undefined) return resolve();
    process.send(content, () => {
      if (process.connected && !keep) process.disconnect();
      resolve();
    });
  });
}

void runInBackground(process.argv[2] ?? "", process.argv.slice(3));
