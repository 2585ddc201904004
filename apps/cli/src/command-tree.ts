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
    mainNouns,
    story,
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

/** What most people begin with, in the order in which they do. */
const mainNouns = ["node", "relay", "tcp-outlet", "tcp-inlet", "pipe", "run", "status", "doctor"];

/** The way of the README, in few words. */
const story = [
  "node create n2    # and n1, and n3",
  "relay create n3 --at n2 --to n3",
  "tcp-outlet create --at n3 --to 127.0.0.1:9000",
  "tcp-inlet create --at n1 --from 127.0.0.1:6000 --to outlet --via n3",
];

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
        restart: verb(
          "Stop a node, and start it with all it had",
          () => import("./commands/node/restart.js"),
        ),
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
    vault: {
      summary: "Keep the keys of identities",
      verbs: {
        create: verb("Create a vault", () => import("./commands/vault/create.js")),
        show: verb("Show a vault", () => import("./commands/vault/show.js")),
        list: verb("List vaults", () => import("./commands/vault/list.js")),
        delete: verb("Delete a vault, or all of them", () => import("./commands/vault/delete.js")),
        move: verb("Give a vault another folder", () => import("./commands/vault/move.js")),
      },
    },
    identity: {
      summary: "Create and manage identities",
      verbs: {
        create: verb("Create an identity", () => import("./commands/identity/create.js")),
        show: verb("Show an identity", () => import("./commands/identity/show.js")),
        list: verb("List identities", () => import("./commands/identity/list.js")),
        default: verb("Show or choose the default identity", () => import("./commands/identity/default.js")),
        rotate: verb("Give an identity a new key", () => import("./commands/identity/rotate.js")),
        forget: verb(
          "Forget an identity that was met at the end of a route",
          () => import("./commands/identity/forget.js"),
        ),
        delete: verb("Delete an identity, or all of them", () => import("./commands/identity/delete.js")),
      },
    },
    credential: {
      summary: "Say and prove what an identity is",
      verbs: {
        issue: verb("Sign a credential", () => import("./commands/credential/issue.js")),
        verify: verb("Check a credential", () => import("./commands/credential/verify.js")),
        store: verb("Keep a credential for nodes to show", () => import("./commands/credential/store.js")),
        list: verb("List credentials that are kept", () => import("./commands/credential/list.js")),
      },
    },
    share: {
      summary: "Let the holders of a ticket reach a port of this machine",
      otherwise: verb(
        "Let the holders of a ticket reach a port of this machine",
        () => import("./commands/share/create.js"),
      ),
      verbs: {
        list: verb("List what is shared", () => import("./commands/share/list.js")),
        stop: verb("Stop sharing", () => import("./commands/share/stop.js")),
      },
    },
    open: {
      summary: "Reach here what somebody shares",
      otherwise: verb("Reach here what somebody shares", () => import("./commands/open/create.js")),
      verbs: {
        list: verb("List what was opened", () => import("./commands/open/list.js")),
        stop: verb("Close what was opened", () => import("./commands/open/stop.js")),
      },
    },
    pipe: verb("Join standard input and output to an outlet", () => import("./commands/pipe.js")),
    authority: {
      summary: "Look after members",
      verbs: {
        create: verb(
          "Create a node that issues credentials to its members",
          () => import("./commands/authority/create.js"),
        ),
      },
    },
    member: {
      summary: "See and let go of members",
      verbs: {
        list: verb("List the members of an authority", () => import("./commands/member/list.js")),
        delete: verb("Let go of a member", () => import("./commands/member/delete.js")),
      },
    },
    ticket: {
      summary: "Invite members",
      verbs: {
        create: verb(
          "Create a ticket that makes others members",
          () => import("./commands/ticket/create.js"),
        ),
      },
    },
    enroll: verb("Become a member with a ticket", () => import("./commands/enroll.js")),
    apply: verb("Make nodes what a YAML file says", () => import("./commands/apply.js")),
    export: verb("Print a file that describes what is there", () => import("./commands/export.js")),
    run: verb("Create everything a YAML file describes", () => import("./commands/run.js")),
    status: verb(
      "Show all nodes with their relays, portals and traffic",
      () => import("./commands/status.js"),
    ),
    events: verb("Show what happened on all nodes, or follow it", () => import("./commands/events.js")),
    doctor: verb(
      "Check the machine and the nodes, and say how to mend what is wrong",
      () => import("./commands/doctor.js"),
    ),
    boot: {
      summary: "Start nodes with the machine, by systemd",
      verbs: {
        print: verb("Print the unit", () => import("./commands/boot/print.js")),
        install: verb("Install the unit and enable it", () => import("./commands/boot/install.js")),
        uninstall: verb("Disable the unit and remove it", () => import("./commands/boot/uninstall.js")),
      },
    },
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
    version: verb("Print the version", () => import("./commands/version.js")),
    environment: verb(
      "List the environment variables Culvert reads",
      () => import("./commands/environment.js"),
    ),
  };
}
