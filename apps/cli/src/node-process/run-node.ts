import { rm } from "node:fs/promises";
import { CulvertError } from "@x/core";
import { importIdentity } from "@x/identity";
import type { Logger } from "pino";
import { Renewals } from "../authority/renewals.js";
import { CliError } from "../cli-error.js";
import { openControlServer } from "../control/server.js";
import type { HomeIdentities } from "../identities/home-identities.js";
import type { Registry } from "../registry/registry.js";
import { createNodeRuntime, type NodeRuntime } from "../runtime/node-runtime.js";
import { homeIdentitySource } from "../runtime/trust/home-identity-source.js";
import type { NodeTrustOptions } from "../runtime/trust/node-trust.js";
import {
  type NodeProcess,
  type NodeSettings,
  readProcess,
  readSettings,
  writeProcess,
  writeSettings,
} from "../state/node-files.js";
import type { NodeStore } from "../state/nodes.js";
import { thisProcess } from "../state/process-identity.js";
import { version } from "../version.js";
import { atTime } from "./at-time.js";
import { authorityStore } from "./authority-store.js";
import { claimNode } from "./claim.js";
import { closeSteps } from "./close-steps.js";
import { savedOperations } from "./operations.js";
import { relayNameStore } from "./relay-names.js";
import { ResourceSaver, readResources, type SavedResources } from "./saved-resources.js";
import { openHttpServer, portOf } from "./telemetry/http-server.js";

export interface RunNodeOptions {
  readonly nodes: NodeStore;
  readonly registry: Registry;
  /** Those of the home, with the passphrases of their vaults. */
  readonly identities: HomeIdentities;
  readonly name: string;
  readonly foreground: boolean;
  /** Take over from a process that still runs. */
  readonly force: boolean;
  readonly log: Logger;
  /** Told when the node comes to the end it was made for. */
  readonly onTimeOver: () => void;
}

/** A node that runs in this process and answers commands. */
export interface RunningNode {
  /** Gives open streams `graceMs` to end, then gives the node up. Safe to call twice. */
  close(graceMs: number): Promise<void>;
}

/**
 * Runs a node in this process: restores what it had, or makes what its settings ask for, then opens the control socket.
 *
 * @throws CliError NODE_NAME_TAKEN, NODE_NOT_FOUND, STATE_CORRUPT, STATE_FAILED; CulvertError LISTEN_ADDRESS_TAKEN, LISTEN_FAILED
 */
export async function runNode(options: RunNodeOptions): Promise<RunningNode> {
  const { nodes, registry, name, log } = options;
  nodes.check(name);
  const paths = nodes.paths(name);
  const settings = readSettings(paths) as NodeSettings;
  checkHasNotEnded(name, settings);
  const saved = readResources(paths.resources, await registry.resources());
  const claimed = processOf(options);
  await claimNode(claimed, { nodes, name, force: options.force });
  const steps = closeSteps(log);
  steps.add(() => releaseClaim(options, claimed));
  try {
    const trust = await trustOf(options, settings);
    const runtime = await createNodeRuntime({
      name,
      registry,
      log,
      limits: settings.limits ?? {},
      relayNames: relayNameStore(paths.relayNames),
      trust,
      ...(settings.issuing !== undefined && {
        authority: { ...settings.issuing, store: authorityStore(paths.authority) },
      }),
      ...(saved === undefined ? {} : { spec: saved.spec }),
    });
    steps.add((graceMs) => runtime.close({ graceMs }));
    if (saved === undefined) await makeFirstListeners(runtime, settings);
    const http = await openHttpServer({ settings, saved, runtime, nodes, log });
    if (http !== undefined) steps.add(() => http.close());
    const saver = keepSaved(paths.resources, log, runtime, () => ({
      version: 1,
      spec: runtime.spec(),
      ...(http === undefined ? {} : { httpServerPort: portOf(http.where) }),
    }));
    await saver.save();
    const control = await openControlServer({
      socketPath: paths.socket,
      find: savedOperations(runtime, saver),
    });
    steps.add(() => control.close());
    const renewals = new Renewals({
      node: runtime.node,
      home: options.identities,
      identity: trust.identity,
      scope: memberScope(options, settings),
      log,
      onRenewed: () => runtime.context.channels.renew(),
    });
    steps.add(() => renewals.close());
    await writeProcess(paths, { ...claimed, httpServerAddress: http?.where ?? null });
    log.info({ process: process.pid, version }, `Node ${name} is ready`);
    const stopTimer = atTime(settings.endsAtMs, () => {
      log.info("The time of this node is over");
      options.onTimeOver();
    });
    steps.add(async () => stopTimer());
    return { close: (graceMs) => steps.close(graceMs) };
  } catch (error) {
    await steps.close(0);
    throw error;
  }
}

/** Who the node is. Its identity stays when another one becomes the default. */
async function trustOf(
  { nodes, identities, name }: RunNodeOptions,
  settings: NodeSettings,
): Promise<NodeTrustOptions & { readonly identity: string }> {
  const { authority, credentialScope } = settings;
  await identities.use(settings.identity);
  const identity = settings.identity ?? identities.find().name;
  if (settings.identity === undefined) await writeSettings(nodes.paths(name), { ...settings, identity });
  return {
    identities: homeIdentitySource(identities, name),
    identity,
    ...(authority !== undefined && { authority: await importIdentity(authority) }),
    ...(credentialScope !== undefined && { scope: credentialScope }),
    believesItself: settings.issuing !== undefined,
  };
}

/** The scope of memberships that this node alone takes part in; nothing where it takes part in those of the home. */
function memberScope({ identities }: RunNodeOptions, { credentialScope }: NodeSettings): string | undefined {
  const own = identities.memberships.list().find(({ scope }) => scope === credentialScope);
  return own === undefined ? undefined : credentialScope;
}

function checkHasNotEnded(name: string, { endsAtMs = Number.POSITIVE_INFINITY }: NodeSettings): void {
  if (Date.now() < endsAtMs) return;
  const reason = `Cannot start node "${name}": it was made to end at ${new Date(endsAtMs).toISOString()}`;
  throw new CliError("NODE_START_FAILED", reason, {
    hint: `Delete it: \`culvert node delete ${name} --yes\``,
  });
}

function processOf({ foreground }: RunNodeOptions): NodeProcess {
  return { ...thisProcess(), foreground, startedAt: Date.now(), version, httpServerAddress: null };
}

async function makeFirstListeners(runtime: NodeRuntime, settings: NodeSettings): Promise<void> {
  for (const [transport, where] of Object.entries(settings.listeners)) {
    const create = runtime.operations[`${transport}-listener.create`];
    if (create === undefined) throw transportNotFound(transport);
    await create({ where });
  }
}

function transportNotFound(transport: string): CulvertError {
  const reason = `Cannot listen over ${transport}: there is no such transport, or it could not be loaded`;
  return new CulvertError("TRANSPORT_NOT_FOUND", reason);
}

/** Writes down what the node has, now and after each change, also those nobody asked for, such as a relay's new token. */
function keepSaved(
  path: string,
  log: Logger,
  runtime: NodeRuntime,
  read: () => SavedResources,
): ResourceSaver {
  const saver = new ResourceSaver(path, read);
  saver.markChanged();
  runtime.onSpecChange(() => {
    saver.markChanged();
    saver.save().catch((error: unknown) => log.error({ err: error }, "Cannot save what the node has"));
  });
  return saver;
}

async function releaseClaim({ nodes, name }: RunNodeOptions, claimed: NodeProcess): Promise<void> {
  const paths = nodes.paths(name);
  // Another process may have taken over meanwhile.
  const { pid, birth, space } = claimed;
  const now = readProcess(paths);
  if (now?.pid !== pid || now.birth !== birth || now.space !== space) return;
  await rm(paths.process, { force: true });
  if (process.platform !== "win32") await rm(paths.socket, { force: true });
}
