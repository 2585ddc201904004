import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { NodeRuntime } from "../runtime/node-runtime.js";

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
  const { node } = runtime;
  gauge(registry, "culvert_workers", "Workers of the node", () => node.workers().length);
  gauge(registry, "culvert_queued_messages", "Messages that wait for their worker", () =>
    node.workers().reduce((sum, { queued }) => sum + queued, 0),
  );
  gauge(registry, "culvert_listeners", "Listeners that accept connections", () => node.listeners().length);
  gauge(registry, "culvert_open_streams", "Streams open on inlets and outlets", () => runtime.openStreams());
  const connections = new Gauge({
    name: "culvert_connections",
    help: "Connections by state",
    labelNames: ["state"],
    registers: [registry],
    collect: () => {
      const all = node.connections();
      for (const state of ["up", "down"]) {
        connections.set({ state }, all.filter((connection) => connection.state === state).length);
      }
    },
  });
  const relays = new Gauge({
    name: "culvert_relays",
    help: "Relays of the node by status",
    labelNames: ["status"],
    registers: [registry],
    collect: async () => {
      const all = await runtime.operations["relay.list"]({});
      for (const status of ["Up", "Down"]) {
        relays.set({ status }, all.filter((relay) => relay.connection_status === status).length);
      }
    },
  });
  return { contentType: registry.contentType, text: () => registry.metrics() };
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  const created: Gauge = new Gauge({ name, help, registers: [registry], collect: () => created.set(read()) });
}
