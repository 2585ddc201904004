import {
  type Command,
  type CommandTree,
  type NounEntry,
  ownEntry,
  type VerbEntry,
  type Verbs,
} from "./framework/command.js";
import type { LazyRegistry, Registry } from "./registry/registry.js";
import type { ResourceEntry } from "./registry/resource.js";
import { resources, transportResources } from "./resources/index.js";

/** Makes the registry of a command, once it is needed. */
async function createRegistry(): Promise<Registry> {
  const [{ Registry }, { resolveHome }] = await Promise.all([
    import("./registry/registry.js"),
    import("./state/home.js"),
  ]);
  const home = await resolveHome(process.env.CULVERT_HOME || undefined);
  return new Registry(home, resources, transportResources);
}

/** All commands: those below, and those that follow from the kinds of things that nodes have. */
export function commandTree(): CommandTree {
  let made: Promise<Registry> | undefined;
  const registry: LazyRegistry = () => {
    made ??= createRegistry();
    return made;
  };
  const own = ownCommands((summary, load) => ({
    summary,
    async load() {
      const module = await load();
      return "command" in module ? module : { command: await module.createCommand(registry, tree) };
    },
  }));
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

/** What the module of a command exports: the command, or what makes one that needs to know what there is. */
type CommandModule =
  | { readonly command: Command }
  | { createCommand(registry: LazyRegistry, tree: CommandTree): Command | Promise<Command> };

type VerbMaker = (summary: string, load: () => Promise<CommandModule>) => VerbEntry;

function ownCommands(verb: VerbMaker): Readonly<Record<string, NounEntry>> {
  return {
    node: {
      summary: "Create and manage nodes",
      verbs: {
        create: verb("Create a node", () => import("./commands/node/create.js")),
        delete: verb("Delete a node, or all of them", () => import("./commands/node/delete.js")),
        list: verb("List nodes", () => import("./commands/node/list.js")),
        show: verb("Show a node and what it has", () => import("./commands/node/show.js")),
        start: verb("Start a node that was stopped", () => import("./commands/node/start.js")),
        stop: verb("Stop a node; it keeps what it has", () => import("./commands/node/stop.js")),
        logs: verb("Find or follow the log of a node", () => import("./commands/node/logs.js")),
        default: verb("Show or choose the default node", () => import("./commands/node/default.js")),
      },
    },
    worker: {
      summary: "List workers of a node",
      verbs: {
        list: verb("List workers", () => import("./commands/worker/list.js")),
      },
    },
    message: {
      summary: "Send messages",
      verbs: {
        send: verb("Send a message and print the reply", () => import("./commands/message/send.js")),
      },
    },
    route: {
      summary: "Look at routes",
      verbs: {
        trace: verb(
          "Tell which hop of a route answers, and how fast",
          () => import("./commands/route/trace.js"),
        ),
      },
    },
    run: verb("Create everything a YAML file describes", () => import("./commands/run.js")),
    status: verb(
      "Show all nodes with their relays, portals and traffic",
      () => import("./commands/status.js"),
    ),
    doctor: verb(
      "Check the machine, the state and the nodes, and say how to mend what is wrong",
      () => import("./commands/doctor.js"),
    ),
    transport: {
      summary: "Add transports from outside to this home",
      verbs: {
        add: verb("Add a transport, or read its manifest again", () => import("./commands/transport/add.js")),
        list: verb("List all transports", () => import("./commands/transport/list.js")),
        remove: verb("Forget a transport that was added", () => import("./commands/transport/remove.js")),
      },
    },
    reset: verb("Remove all nodes and all state", () => import("./commands/reset.js")),
    completion: verb(
      "Print a script that makes a shell complete commands",
      () => import("./commands/completion.js"),
    ),
    environment: verb(
      "List the environment variables Culvert reads",
      () => import("./commands/environment.js"),
    ),
  };
}
