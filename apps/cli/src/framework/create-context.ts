import { CliError } from "../cli-error.js";
import { type CallOptions, type ControlClient, createControlClient } from "../control/client.js";
import type { Environment } from "../environment.js";
import type { HomeIdentities } from "../identities/home-identities.js";
import type { Passphrases } from "../identities/passphrases.js";
import { exitCodes } from "../output/exit-codes.js";
import { renderResult } from "../output/result.js";
import { writeStandardOutput } from "../output/standard-output.js";
import { Terminal } from "../output/terminal.js";
import { onTerminalClosed } from "../process-signals.js";
import { resolveHome } from "../state/home.js";
import { readProcess } from "../state/node-files.js";
import { NodeStore } from "../state/nodes.js";
import { parseNodeName } from "../syntax/names.js";
import { version } from "../version.js";
import type { CommandTree } from "./command.js";
import type { CommandContext, GlobalSettings } from "./context.js";

/** Everything a command works with, made of the options and the environment. */
export async function createContext(
  settings: GlobalSettings,
  environment: Environment,
  { addresses }: Pick<CommandTree, "addresses">,
): Promise<CommandContext> {
  const nodes = new NodeStore(await resolveHome(environment.home));
  const terminal = new Terminal(settings);
  const signal = signalOfUser();
  const context: CommandContext = {
    environment,
    settings,
    terminal,
    nodes,
    identities: once(() => openIdentities(context)),
    passphrases: once(() => findPassphrases(context)),
    addresses,
    get signal() {
      return signal();
    },
    async node(name) {
      if (name === undefined) return chooseNode(context);
      const checked = parseNodeName(name);
      nodes.check(checked);
      return checked;
    },
    async nodeIfAny(name) {
      return name === undefined ? nodes.defaultName() : context.node(name);
    },
    control: (name) => controlClient(context, name),
    nodeAddress: (name) => nodeAddress(context, name),
    print: (text) => writeStandardOutput(`${text}\n`),
    async showResult(result) {
      const text = await renderResult(result, { ...settings, isTerminal: process.stdout.isTTY === true });
      if (text !== undefined) await writeStandardOutput(`${text}\n`);
    },
  };
  return context;
}

/** Loaded by the commands that need it alone, as is the next. */
async function openIdentities({ nodes, passphrases }: CommandContext): Promise<HomeIdentities> {
  const { HomeIdentities } = await import("../identities/home-identities.js");
  return new HomeIdentities(nodes.home, await passphrases());
}

async function findPassphrases({ environment, terminal }: CommandContext): Promise<Passphrases> {
  const { passphrasesFrom } = await import("../identities/passphrases.js");
  return passphrasesFrom(environment.passphraseFile, terminal);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The nodes whose version was told of. */
const toldVersions = new Set<string>();

/** Tells once of a node that runs another version than this command, as what one knows may be news to the other. */
function warnOfVersion(terminal: Terminal, node: string, other: string | undefined): void {
  if (other === undefined || other === version || toldVersions.has(node)) return;
  toldVersions.add(node);
  terminal.warn(
    `Node ${node} runs version ${other}, and this is version ${version}: \`culvert node restart ${node}\` has it run this one`,
  );
}

/** A control client that tells each call and its time to who wants to see the steps. */
function controlClient({ nodes, environment, terminal }: CommandContext, name: string): ControlClient {
  const client = createControlClient(name, nodes.paths(name).socket, environment.defaultTimeoutMs, (text) =>
    terminal.warn(text),
  );
  warnOfVersion(terminal, name, readProcess(nodes.paths(name))?.version);
  if (terminal.verbose === 0) return client;
  return {
    async call(operation: string, params: object, options?: CallOptions): Promise<never> {
      const begun = performance.now();
      try {
        return (await client.call(operation, params, options)) as never;
      } finally {
        terminal.debug(`asked node ${name} for ${operation}: ${Math.round(performance.now() - begun)} ms`);
      }
    },
  };
}

async function chooseNode(context: CommandContext): Promise<string> {
  const name = context.nodes.defaultName();
  if (name !== undefined) return name;
  const { createDefaultNode } = await import("../node-process/create-node.js");
  return createDefaultNode(context);
}

async function nodeAddress(context: CommandContext, name: string): Promise<string> {
  context.nodes.check(name);
  const [address] = await context.control(name).call("node.addresses", {});
  if (address !== undefined) return address;
  throw new CliError("NODE_NOT_RUNNING", `Cannot connect to node "${name}": it has no listener`, {
    hint: `Make one with \`culvert tcp-listener create 127.0.0.1:0 --at ${name}\``,
  });
}

/** Listens for signals from the first time somebody asks for the signal. */
function signalOfUser(): () => AbortSignal {
  let controller: AbortController | undefined;
  return () => {
    if (controller !== undefined) return controller.signal;
    const created = new AbortController();
    controller = created;
    const onSignal = (): void => {
      if (created.signal.aborted) process.exit(exitCodes.interrupted);
      created.abort();
    };
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
    onTerminalClosed(onSignal);
    return created.signal;
  };
}
