import type { Command } from "./framework/command.js";

/** One verb: what it does, and the module that does it, loaded when it is needed. */
export interface VerbEntry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** One noun with its verbs, or a command of one word. */
export type NounEntry =
  | VerbEntry
  | { readonly summary: string; readonly verbs: Readonly<Record<string, VerbEntry>> };

/** All commands. The order is that of the help. */
export const commandTree: Readonly<Record<string, NounEntry>> = {
  node: {
    summary: "Create and manage nodes",
    verbs: {
      create: { summary: "Create a node", load: () => import("./commands/node/create.js") },
      delete: { summary: "Delete a node, or all of them", load: () => import("./commands/node/delete.js") },
      list: { summary: "List nodes", load: () => import("./commands/node/list.js") },
      show: { summary: "Show a node and what it has", load: () => import("./commands/node/show.js") },
      start: { summary: "Start a node that was stopped", load: () => import("./commands/node/start.js") },
      stop: { summary: "Stop a node; it keeps what it has", load: () => import("./commands/node/stop.js") },
      logs: { summary: "Find or follow the log of a node", load: () => import("./commands/node/logs.js") },
      default: {
        summary: "Show or choose the default node",
        load: () => import("./commands/node/default.js"),
      },
    },
  },
  service: {
    summary: "Start and list services of a node",
    verbs: {
      start: { summary: "Start a service: hop", load: () => import("./commands/service/start.js") },
      list: { summary: "List services", load: () => import("./commands/service/list.js") },
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
        load: () => import("./commands/message/send.js"),
      },
    },
  },
  route: {
    summary: "Look at routes",
    verbs: {
      trace: {
        summary: "Tell which hop of a route answers, and how fast",
        load: () => import("./commands/route/trace.js"),
      },
    },
  },
  relay: {
    summary: "Make nodes reachable that open no port",
    verbs: {
      create: { summary: "Create a relay", load: () => import("./commands/relay/create.js") },
      list: { summary: "List relays", load: () => import("./commands/relay/list.js") },
      show: { summary: "Show a relay", load: () => import("./commands/relay/show.js") },
      delete: { summary: "Delete a relay", load: () => import("./commands/relay/delete.js") },
    },
  },
  "tcp-connection": {
    summary: "Connect nodes over TCP",
    verbs: {
      create: {
        summary: "Connect a node over TCP",
        load: () => import("./commands/tcp-connection/create.js"),
      },
      list: { summary: "List TCP connections", load: () => import("./commands/tcp-connection/list.js") },
      show: { summary: "Show a TCP connection", load: () => import("./commands/tcp-connection/show.js") },
      delete: {
        summary: "Close a TCP connection for good",
        load: () => import("./commands/tcp-connection/delete.js"),
      },
    },
  },
  "tcp-listener": {
    summary: "Let nodes accept TCP connections",
    verbs: {
      create: { summary: "Listen on a TCP port", load: () => import("./commands/tcp-listener/create.js") },
      list: { summary: "List TCP listeners", load: () => import("./commands/tcp-listener/list.js") },
      show: { summary: "Show a TCP listener", load: () => import("./commands/tcp-listener/show.js") },
      delete: {
        summary: "Stop listening on a TCP port",
        load: () => import("./commands/tcp-listener/delete.js"),
      },
    },
  },
  "udp-connection": {
    summary: "Connect nodes over UDP",
    verbs: {
      create: {
        summary: "Connect a node over UDP",
        load: () => import("./commands/udp-connection/create.js"),
      },
      list: { summary: "List UDP connections", load: () => import("./commands/udp-connection/list.js") },
      show: { summary: "Show a UDP connection", load: () => import("./commands/udp-connection/show.js") },
      delete: {
        summary: "Close a UDP connection for good",
        load: () => import("./commands/udp-connection/delete.js"),
      },
    },
  },
  "udp-listener": {
    summary: "Let nodes accept UDP connections",
    verbs: {
      create: { summary: "Listen on a UDP port", load: () => import("./commands/udp-listener/create.js") },
      list: { summary: "List UDP listeners", load: () => import("./commands/udp-listener/list.js") },
      show: { summary: "Show a UDP listener", load: () => import("./commands/udp-listener/show.js") },
      delete: {
        summary: "Stop listening on a UDP port",
        load: () => import("./commands/udp-listener/delete.js"),
      },
    },
  },
  "tcp-inlet": {
    summary: "Let programs connect to a far TCP server here",
    verbs: {
      create: { summary: "Create an inlet", load: () => import("./commands/tcp-inlet/create.js") },
      list: { summary: "List inlets", load: () => import("./commands/tcp-inlet/list.js") },
      show: { summary: "Show an inlet", load: () => import("./commands/tcp-inlet/show.js") },
      delete: { summary: "Delete an inlet", load: () => import("./commands/tcp-inlet/delete.js") },
    },
  },
  "tcp-outlet": {
    summary: "Make a TCP server here reachable for inlets",
    verbs: {
      create: { summary: "Create an outlet", load: () => import("./commands/tcp-outlet/create.js") },
      list: { summary: "List outlets", load: () => import("./commands/tcp-outlet/list.js") },
      show: { summary: "Show an outlet", load: () => import("./commands/tcp-outlet/show.js") },
      delete: { summary: "Delete an outlet", load: () => import("./commands/tcp-outlet/delete.js") },
    },
  },
  run: {
    summary: "Create everything a YAML file describes",
    load: () => import("./commands/run.js"),
  },
  status: {
    summary: "Show all nodes with their relays, portals and traffic",
    load: () => import("./commands/status.js"),
  },
  doctor: {
    summary: "Check the machine, the state and the nodes, and say how to mend what is wrong",
    load: () => import("./commands/doctor.js"),
  },
  reset: { summary: "Remove all nodes and all state", load: () => import("./commands/reset.js") },
  completion: {
    summary: "Print a script that makes a shell complete commands",
    load: () => import("./commands/completion.js"),
  },
  environment: {
    summary: "List the environment variables Culvert reads",
    load: () => import("./commands/environment.js"),
  },
};
