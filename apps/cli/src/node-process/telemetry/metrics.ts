import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { InletView } from "../../resources/tcp-inlet.js";
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
  addByState(registry, "culvert_inlets", "Inlets by state", async () =>
    ((await operations["node.show"]({})).inlets as readonly InletView[]).map((inlet) =>
      inlet.status.toLowerCase(),
    ),
  );
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
