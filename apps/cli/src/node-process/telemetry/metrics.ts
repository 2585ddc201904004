import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { InletView } from "../../resources/tcp-inlet.js";
import type { OutletView } from "../../resources/tcp-outlet.js";
import type { RelayView } from "../../resources/views/relay-view.js";
import type { NodeRuntime } from "../../runtime/node-runtime.js";
import { nodeTraffic } from "./traffic.js";

/** The figures of a node in the text form of Prometheus. */
export interface NodeMetrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Figures of a node and its process, taken when they are asked for. Names begin with `culvert_`. */
export function createMetrics(runtime: NodeRuntime): NodeMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ node: runtime.name });
  collectDefaultMetrics({ register: registry });
  addCounters(registry, runtime);
  addGauges(registry, runtime);
  addLimits(registry, runtime);
  return { contentType: registry.contentType, text: () => registry.metrics() };
}

function addCounters(registry: Registry, runtime: NodeRuntime): void {
  const add = (name: string, help: string, read: () => number): void => {
    const counter: Counter = new Counter({
      name,
      help,
      registers: [registry],
      collect: () => {
        counter.reset();
        counter.inc(read());
      },
    });
  };
  const traffic = (): ReturnType<typeof nodeTraffic> => nodeTraffic(runtime);
  add("culvert_received_bytes_total", "Bytes that came in over connections", () => traffic().bytes_in);
  add("culvert_sent_bytes_total", "Bytes that went out over connections", () => traffic().bytes_out);
  add("culvert_delivered_messages_total", "Messages handed to workers", () => traffic().messages_delivered);
  add(
    "culvert_refused_messages_total",
    "Messages that could not be delivered",
    () => traffic().messages_refused,
  );
  add(
    "culvert_probes_total",
    "Messages that traced a route, and were refused for that",
    () => runtime.node.stats().probes,
  );
}

function addGauges(registry: Registry, runtime: NodeRuntime): void {
  const { node, operations } = runtime;
  const add = (name: string, help: string, read: () => number): void => {
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(read()) });
  };
  add("culvert_queued_bytes", "What all queues hold", () => node.stats().queuedBytes);
  add("culvert_workers", "Workers of the node", () => node.workers().length);
  add("culvert_listeners", "Listeners that accept connections", () => node.listeners().length);
  add("culvert_open_streams", "Streams open on inlets and outlets", () => runtime.openStreams());
  addByState(registry, "culvert_connections", "Connections by state", () =>
    node.connections().map(({ state }) => state),
  );
  addByState(registry, "culvert_relays", "Relays by state", async () =>
    ((await operations["node.show"]({})).relays as readonly RelayView[]).map((relay) =>
      relay.connection_status.toLowerCase(),
    ),
  );
  addPortals(registry, runtime);
  addHostedRelays(registry, runtime);
  addPeers(registry, runtime);
  addByState(registry, "culvert_outlets", "Outlets by state", async () =>
    ((await operations["node.show"]({})).outlets as readonly OutletView[]).map((outlet) =>
      outlet.status.toLowerCase(),
    ),
  );
  addByState(registry, "culvert_inlets", "Inlets by state", async () =>
    ((await operations["node.show"]({})).inlets as readonly InletView[]).map((inlet) =>
      inlet.status.toLowerCase(),
    ),
  );
}

interface PortalFigures {
  readonly resource: string;
  readonly name: string;
  readonly view: InletView | OutletView;
}

/** What passes each inlet and outlet, and whether its visitors are served. */
function addPortals(registry: Registry, { operations }: NodeRuntime): void {
  const portals = async (): Promise<readonly PortalFigures[]> => {
    const { inlets, outlets } = await operations["node.show"]({});
    return [
      ...(inlets as readonly InletView[]).map((view) => ({ resource: "tcp-inlet", name: view.alias, view })),
      ...(outlets as readonly OutletView[]).map((view) => ({
        resource: "tcp-outlet",
        name: view.worker_addr.replace("/service/", ""),
        view,
      })),
    ];
  };
  const labelNames = ["resource", "name"] as const;
  const up: Gauge<"resource" | "name"> = new Gauge({
    name: "culvert_portal_up",
    help: "1 for an inlet or outlet whose visitors are served, 0 for one that is down",
    labelNames,
    registers: [registry],
    collect: async () => {
      const all = await portals();
      up.reset();
      for (const { resource, name, view } of all) {
        up.set({ resource, name }, view.status === "Up" ? 1 : 0);
      }
    },
  });
  const addCounter = (name: string, help: string, read: (view: PortalFigures["view"]) => number): void => {
    const counter: Counter<"resource" | "name"> = new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect: async () => {
        const all = await portals();
        counter.reset();
        for (const { resource, name: one, view } of all) counter.inc({ resource, name: one }, read(view));
      },
    });
  };
  addCounter("culvert_visitors_total", "Visitors that were taken", ({ traffic }) => traffic.visitors);
  addCounter(
    "culvert_visitors_refused_total",
    "Visitors that were turned away",
    ({ traffic }) => traffic.visitors_refused,
  );
  addCounter(
    "culvert_visitors_failed_total",
    "Visitors that were taken and not served",
    ({ traffic }) => traffic.visitors_failed,
  );
  addCounter(
    "culvert_to_target_bytes_total",
    "Bytes of visitors for the target",
    ({ traffic }) => traffic.bytes_to_target,
  );
  addCounter(
    "culvert_to_visitor_bytes_total",
    "Bytes of the target for visitors",
    ({ traffic }) => traffic.bytes_to_visitor,
  );
}

/** What the relays that the node hosts passed on. */
function addHostedRelays(registry: Registry, { context }: NodeRuntime): void {
  const add = (name: string, help: string, figure: "messages" | "bytes"): void => {
    const counter: Counter<"name"> = new Counter({
      name,
      help,
      labelNames: ["name"],
      registers: [registry],
      collect: () => {
        counter.reset();
        for (const relay of context.relayService.list()) counter.inc({ name: relay.name }, relay[figure]);
      },
    });
  };
  add("culvert_relayed_messages_total", "Messages passed on to the node behind a relay", "messages");
  add("culvert_relayed_bytes_total", "Bytes of the payloads of those", "bytes");
}

/** Most peers that metrics tell of, the busiest: each is a series of its own. */
const maxShownPeers = 100;

/** What passed the connections that there are, by the host at the other end. */
function addPeers(registry: Registry, { node }: NodeRuntime): void {
  const gauge: Gauge<"peer" | "direction"> = new Gauge({
    name: "culvert_peer_bytes",
    help: "Bytes of the connections to a host that there are now, of the busiest hosts",
    labelNames: ["peer", "direction"],
    registers: [registry],
    collect: () => {
      const peers = new Map<string, { in: number; out: number }>();
      for (const { remote, traffic } of node.connections()) {
        const peer = remote.replace(/:\d+$/, "");
        const sum = peers.get(peer) ?? { in: 0, out: 0 };
        peers.set(peer, { in: sum.in + traffic.bytesIn, out: sum.out + traffic.bytesOut });
      }
      const busiest = [...peers].sort(([, a], [, b]) => b.in + b.out - (a.in + a.out));
      gauge.reset();
      for (const [peer, bytes] of busiest.slice(0, maxShownPeers)) {
        for (const direction of ["in", "out"] as const) gauge.set({ peer, direction }, bytes[direction]);
      }
    },
  });
}

/** How far the node is from its limits, and what it refused. See `docs/limits.md`. */
function addLimits(registry: Registry, runtime: NodeRuntime): void {
  const add = (name: string, help: string, read: () => readonly (readonly [string, number])[]): void => {
    const gauge: Gauge<"name"> = new Gauge({
      name,
      help,
      labelNames: ["name"],
      registers: [registry],
      collect: () => {
        gauge.reset();
        for (const [limit, value] of read()) gauge.set({ name: limit }, value);
      },
    });
  };
  add("culvert_limit", "Limits of the node", () => Object.entries(runtime.limitUse().limits));
  add("culvert_level", "What there is now of what a limit bounds", () =>
    Object.entries(runtime.limitUse().levels),
  );
  const refused: Counter<"code"> = new Counter({
    name: "culvert_refused_total",
    help: "Messages, connections, relays, streams and visitors that were refused, by error code",
    labelNames: ["code"],
    registers: [registry],
    collect: () => {
      refused.reset();
      for (const [code, count] of runtime.limitUse().refused) refused.inc({ code }, count);
    },
  });
}

const states = ["up", "down"] as const;

function addByState(
  registry: Registry,
  name: string,
  help: string,
  read: () => readonly string[] | Promise<readonly string[]>,
): void {
  const gauge: Gauge<"state"> = new Gauge({
    name,
    help,
    labelNames: ["state"],
    registers: [registry],
    collect: async () => {
      const found = await read();
      for (const state of states) gauge.set({ state }, found.filter((one) => one === state).length);
    },
  });
}
