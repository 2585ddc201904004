import { CliError } from "../cli-error.js";
import { type ControlClient, createControlClient } from "../control/client.js";
import type { Environment } from "../environment.js";
import { exitCodes } from "../output/exit-codes.js";
import { Terminal } from "../output/terminal.js";
import { resolveHome } from "../state/home.js";
import { NodeStore } from "../state/nodes.js";
import { parseNodeName } from "../syntax/names.js";
import type { CommandContext } from "./context.js";
import type { GlobalSettings } from "./global-options.js";

/** Everything a command works with, made of the options and the environment. */
export function createContext(settings: GlobalSettings, environment: Environment): CommandContext {
  const nodes = new NodeStore(resolveHome(environment.home));
  const terminal = new Terminal(settings);
  const signal = signalOfUser();
  const context: CommandContext = {
    environment,
    settings,
    terminal,
    nodes,
    get signal() {
      return signal();
    },
    node: (name) =>
      name === undefined ? chooseNode(context) : Promise.resolve(nodes.get(parseNodeName(name)).name),
    control: (name) => controlClient(context, name),
    nodeAddress: (name) => nodeAddress(context, name),
    print: (text) => void process.stdout.write(`${text}\n`),
  };
  return context;
}

/** A control client that tells each call and its time to who wants to see the steps. */
function controlClient({ nodes, environment, terminal }: CommandContext, name: string): ControlClient {
  const client = createControlClient(name, nodes.paths(name).socket, environment.defaultTimeoutMs);
  if (terminal.verbose === 0) return client;
  return {
    async call(operation, params, options) {
      const begun = performance.now();
      try {
        return await client.call(operation, params, options);
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
  context.nodes.get(name);
  const listeners = await context.control(name).call("tcp-listener.list", {});
  const listener = listeners.find(({ status }) => status === "Up");
  if (listener !== undefined) return `tcp#${reachable(listener.socket_addr)}`;
  throw new CliError("NODE_NOT_RUNNING", `Cannot connect to node "${name}": it has no TCP listener`, {
    hint: `Make one with \`culvert tcp-listener create 127.0.0.1:0 --at ${name}\``,
  });
}

/** A listener on every interface is reached by the loopback one. */
function reachable(where: string): string {
  return where.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
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
    return created.signal;
  };
}
