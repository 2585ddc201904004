import { defineOperation } from "./define-operation.js";
import { sendMessage } from "./messages.js";
import type { RuntimeParts } from "./node-runtime.js";
import { nodeView } from "./node-view.js";
import type { Operations } from "./operation-types.js";
import {
  connectTo,
  inletParams,
  listenAt,
  nameParam,
  nothing,
  outletParams,
  relayParams,
  sendParams,
  serviceParams,
  traceParams,
} from "./params.js";
import { traceRoute } from "./route-trace.js";

/** Everything that can be asked of a node. Of a name, where there is nothing of its kind at all, the answer is an empty list. */
export function createOperations(parts: RuntimeParts): Operations {
  const { context, services, connections, listeners, relays, relayListing, outlets, inlets } = parts;
  return {
    "node.show": defineOperation("node.show", nothing, () => nodeView(parts)),
    "service.start": defineOperation("service.start", serviceParams, (spec) => services.start(spec)),
    "service.list": defineOperation("service.list", nothing, () => services.list()),
    "worker.list": defineOperation("worker.list", nothing, () => services.workers()),
    "message.send": defineOperation("message.send", sendParams, (params, given) =>
      sendMessage(context, params, given),
    ),
    "route.trace": defineOperation("route.trace", traceParams, (params, given) =>
      traceRoute(context, params, given),
    ),

    "tcp-connection.create": defineOperation("tcp-connection.create", connectTo, ({ to }, given) =>
      connections.create("tcp", to, given),
    ),
    "tcp-connection.list": defineOperation("tcp-connection.list", nothing, () => connections.list("tcp")),
    "tcp-connection.show": defineOperation(
      "tcp-connection.show",
      nameParam,
      ({ name }) => connections.show("tcp", name) ?? [],
    ),
    "tcp-connection.delete": defineOperation("tcp-connection.delete", nameParam, ({ name }) =>
      orNone(connections.delete("tcp", name)),
    ),

    "udp-connection.create": defineOperation("udp-connection.create", connectTo, ({ to }, given) =>
      connections.create("udp", to, given),
    ),
    "udp-connection.list": defineOperation("udp-connection.list", nothing, () => connections.list("udp")),
    "udp-connection.show": defineOperation(
      "udp-connection.show",
      nameParam,
      ({ name }) => connections.show("udp", name) ?? [],
    ),
    "udp-connection.delete": defineOperation("udp-connection.delete", nameParam, ({ name }) =>
      orNone(connections.delete("udp", name)),
    ),

    "tcp-listener.create": defineOperation("tcp-listener.create", listenAt, ({ where }) =>
      listeners.create("tcp", where),
    ),
    "tcp-listener.list": defineOperation("tcp-listener.list", nothing, () => listeners.list("tcp")),
    "tcp-listener.show": defineOperation(
      "tcp-listener.show",
      nameParam,
      ({ name }) => listeners.show("tcp", name) ?? [],
    ),
    "tcp-listener.delete": defineOperation("tcp-listener.delete", nameParam, ({ name }) =>
      orNone(listeners.delete("tcp", name)),
    ),

    "udp-listener.create": defineOperation("udp-listener.create", listenAt, ({ where }) =>
      listeners.create("udp", where),
    ),
    "udp-listener.list": defineOperation("udp-listener.list", nothing, () => listeners.list("udp")),
    "udp-listener.show": defineOperation(
      "udp-listener.show",
      nameParam,
      ({ name }) => listeners.show("udp", name) ?? [],
    ),
    "udp-listener.delete": defineOperation("udp-listener.delete", nameParam, ({ name }) =>
      orNone(listeners.delete("udp", name)),
    ),

    "relay.create": defineOperation("relay.create", relayParams, (params, given) =>
      relays.create(params, given),
    ),
    "relay.list": defineOperation("relay.list", nothing, () => relayListing.list()),
    "relay.show": defineOperation("relay.show", nameParam, ({ name }) => relayListing.show(name) ?? []),
    "relay.delete": defineOperation("relay.delete", nameParam, ({ name }) =>
      orNone(relayListing.delete(name)),
    ),

    "tcp-outlet.create": defineOperation("tcp-outlet.create", outletParams, (params) =>
      outlets.create(params),
    ),
    "tcp-outlet.list": defineOperation("tcp-outlet.list", nothing, () => outlets.list()),
    "tcp-outlet.show": defineOperation("tcp-outlet.show", nameParam, ({ name }) => outlets.show(name) ?? []),
    "tcp-outlet.delete": defineOperation("tcp-outlet.delete", nameParam, ({ name }) =>
      orNone(outlets.delete(name)),
    ),

    "tcp-inlet.create": defineOperation("tcp-inlet.create", inletParams, (params, given) =>
      inlets.create(params, given),
    ),
    "tcp-inlet.list": defineOperation("tcp-inlet.list", nothing, () => inlets.list()),
    "tcp-inlet.show": defineOperation("tcp-inlet.show", nameParam, ({ name }) => inlets.show(name) ?? []),
    "tcp-inlet.delete": defineOperation("tcp-inlet.delete", nameParam, ({ name }) =>
      orNone(inlets.delete(name)),
    ),
  };
}

async function orNone<T>(deletion: Promise<T | undefined>): Promise<T | readonly []> {
  return (await deletion) ?? [];
}
