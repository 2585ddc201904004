import {
  type Command,
  type CommandTree,
  type NounEntry,
  ownEntry,
  type VerbEntry,
  type Verbs,
} from "./framework/command.js";
import type { Registry } from "./registry/registry.js";
import type { ResourceEntry } from "./registry/resource.js";
import { resources, transportResources } from "./resources/index.js";

/** Makes the registry of a command, once it is needed. */
async function createRegistry(): Promise<Registry> {
  const [{ Registry }, { resolveHome }] = await Promise.all([
    import("./registry/registry.js"),
    import("./state/home.js"),
  ]);
  return new Registry(resolveHome(process.env.CULVERT_HOME || undefined), resources, transportResources);
}

/** All commands: those below, and those that follow from the kinds of things that nodes have. */
export function commandTree(): CommandTree {
  let made: Promise<Registry> | undefined;
  const registry = (): Promise<Registry> => {
    made ??= createRegistry();
    return made;
  };
  const own = ownCommands((load) => async () => {
    const { createCommand } = await load();
    return { command: createCommand(await registry(), tree) };
  });
  const tree: CommandTree = {
    async nouns() {
      const { entries } = await registry();
      const { node, ...rest } = own;
      return {
        ...(node && { node }),
        ...Object.fromEntries(entries.map((entry) => [entry.noun, nounOf(entry)])),
        ...rest,
      };
    },
    addresses: async () => (await registry()).addresses,
    async find(word) {
      const found = ownEntry(own, word);
      if (found !== undefined) return found;
      // Most nouns are found without a look at transports.
      const entry = resources.find(({ noun }) => noun === word) ?? (await registry()).entry(word);
      return entry === undefined ? undefined : nounOf(entry);
    },
  };
  return tree;
}

function nounOf({ summary, load }: ResourceEntry): NounEntry {
  const verbs = async (): Promise<Verbs> => {
    const { resourceVerbs } = await import("./registry/resource-commands.js");
    return resourceVerbs(await load());
  };
  return { summary, verbs };
}

/** Loads a command that needs to know what there is. */
type Maker = (load: () => Promise<CommandModule>) => VerbEntry["load"];

interface CommandModule {
  createCommand(registry: Registry, tree: CommandTree): Command;
}

function ownCommands(made: Maker): Readonly<Record<string, NounEntry>> {
  return {
    node: {
      summary: "Create and manage nodes",
      verbs: {
        create: {
          summary: "Create a node",
          load: made(() => import("./commands/node/create.js")),
        },
        delete: { summary: "Delete a node, or all of them", load: () => import("./commands/node/delete.js") },
        list: { summary: "List nodes", load: () => import("./commands/node/list.js") },
        show: {
          summary: "Show a node and what it has",
          load: made(() => import("./commands/node/show.js")),
        },
        start: { summary: "Start a node that was stopped", load: () => import("./commands/node/start.js") },
        stop: { summary: "Stop a node; it keeps what it has", load: () => import("./commands/node/stop.js") },
        logs: { summary: "Find or follow the log of a node", load: () => import("./commands/node/logs.js") },
        default: {
          summary: "Show or choose the default node",
          load: () => import("./commands/node/default.js"),
        },
      },
    },
    worker: {
      summary: "List workers of a node",
      verbs: {
        list: { summary: "List workers", load: () => import("./commands/worker/list.js") },
      },
    },
    message: {
      summary: "Send messages",
      verbs: {
        send: {
          summary: "Send a message and print the reply",
          load: made(() => import("./commands/message/send.js")),
        },
      },
    },
    route: {
      summary: "Look at routes",
      verbs: {
        trace: {
          summary: "Tell which hop of a route answers, and how fast",
          load: made(() => import("./commands/route/trace.js")),
        },
      },
    },
    run: {
      summary: "Create everything a YAML file describes",
      load: made(() => import("./commands/run.js")),
    },
    status: {
      summary: "Show all nodes with their relays, portals and traffic",
      load: made(() => import("./commands/status.js")),
    },
    doctor: {
      summary: "Check the machine, the state and the nodes, and say how to mend what is wrong",
      load: made(() => import("./commands/doctor.js")),
    },
    transport: {
      summary: "Add transports from outside to this home",
      verbs: {
        add: {
          summary: "Add a transport, or read its manifest again",
          load: made(() => import("./commands/transport/add.js")),
        },
        list: {
          summary: "List all transports",
          load: made(() => import("./commands/transport/list.js")),
        },
        remove: {
          summary: "Forget a transport that was added",
          load: made(() => import("./commands/transport/remove.js")),
        },
      },
    },
    reset: { summary: "Remove all nodes and all state", load: () => import("./commands/reset.js") },
    completion: {
      summary: "Print a script that makes a shell complete commands",
      load: made(() => import("./commands/completion.js")),
    },
    environment: {
      summary: "List the environment variables Culvert reads",
      load: () => import("./commands/environment.js"),
    },
  };
}
