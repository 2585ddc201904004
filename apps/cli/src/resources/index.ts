import type { ResourceEntry } from "../registry/resource.js";
import type { TransportManifest } from "../transports/manifest.js";

/** The kinds of things that nodes have, whatever transports there are, in the order of the help. Another one needs a line here. */
export const resources: readonly ResourceEntry[] = [
  // Before what it guards, also when a node starts again.
  {
    noun: "policy",
    summary: "Say who may use what a node has",
    load: async () => (await import("./policy.js")).policy,
  },
  {
    noun: "service",
    summary: "Start and list services of a node",
    load: async () => (await import("./service.js")).service,
  },
  {
    noun: "secure-channel-listener",
    summary: "Let others open secure channels to a node",
    load: async () => (await import("./secure-channel-listener.js")).secureChannelListener,
  },
  {
    noun: "secure-channel",
    summary: "Reach other nodes sealed from end to end",
    load: async () => (await import("./secure-channel.js")).secureChannel,
  },
  {
    noun: "relay",
    summary: "Make nodes reachable that open no port",
    load: async () => (await import("./relay.js")).relay,
  },
  {
    noun: "relay-block",
    summary: "Say for whom a node hosts no relays",
    load: async () => (await import("./relay-block.js")).relayBlock,
  },
  {
    noun: "tcp-inlet",
    summary: "Let programs connect to a far TCP server here",
    load: async () => (await import("./tcp-inlet.js")).tcpInlet,
  },
  {
    noun: "tcp-outlet",
    summary: "Make a TCP server here reachable for inlets",
    load: async () => (await import("./tcp-outlet.js")).tcpOutlet,
  },
];

/** What nodes have by a transport. */
export function transportResources(transport: TransportManifest): readonly ResourceEntry[] {
  const { name, title, listens = true } = transport;
  const connections: ResourceEntry = {
    noun: `${name}-connection`,
    summary: `Connect nodes over ${title}`,
    load: async () => (await import("./connection.js")).connection(transport),
  };
  const listeners: ResourceEntry = {
    noun: `${name}-listener`,
    summary: `Let nodes accept ${title} connections`,
    load: async () => (await import("./listener.js")).listener(transport),
  };
  return listens ? [connections, listeners] : [connections];
}
