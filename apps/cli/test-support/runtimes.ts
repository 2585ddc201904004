import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach } from "vitest";
import { Registry } from "../src/registry/registry.js";
import type { RouteParam } from "../src/registry/schemas.js";
import { resources, transportResources } from "../src/resources/index.js";
import type { ServiceView } from "../src/resources/service.js";
import type { InletParams, InletView } from "../src/resources/tcp-inlet.js";
import type { OutletListing, OutletView } from "../src/resources/tcp-outlet.js";
import type { RelayDetail, RelayView } from "../src/resources/views/relay-view.js";
import type { ConnectionView, TransportView } from "../src/resources/views/transport-view.js";
import { createNodeRuntime, type NodeRuntime, type NodeRuntimeOptions } from "../src/runtime/node-runtime.js";
import { checkNodeSpec, type NodeSpec } from "../src/runtime/node-spec.js";
import type { NodeOperations, Operation } from "../src/runtime/operation-types.js";
import { waitUntil } from "../src/runtime/routes/wait-until.js";
import { type IdentitySource, memoryIdentities } from "../src/runtime/trust/identity-source.js";
import { parseHostPort } from "../src/syntax/host-port.js";

/** What the operations about one kind of thing give. */
type Things<Noun extends string, View, Listed = View, Detail = Listed, Deleted = Listed> = {
  readonly [Name in `${Noun}.${"create" | "start"}`]: Operation<View>;
} & { readonly [Name in `${Noun}.list`]: Operation<readonly Listed[]> } & {
  readonly [Name in `${Noun}.show`]: Operation<Detail>;
} & { readonly [Name in `${Noun}.delete`]: Operation<Deleted> };

interface NodeShow {
  readonly route: object;
  readonly transports: readonly TransportView[];
  readonly relays: readonly RelayView[];
  readonly services: readonly ServiceView[];
}

/** A runtime whose operations tests can call without a look at the types of their answers. */
export type TestedRuntime = Omit<NodeRuntime, "operations"> & {
  readonly operations: Omit<NodeOperations, "node.show"> & { "node.show": Operation<NodeShow> } & Things<
      "service",
      ServiceView
    > &
    Things<"relay", RelayView, RelayView, RelayDetail> &
    Things<"tcp-inlet", InletView> &
    Things<"tcp-outlet", OutletView, OutletListing> &
    Things<"tcp-listener" | "udp-listener", TransportView> &
    Things<"tcp-connection" | "udp-connection", ConnectionView>;
};

const runtimes: NodeRuntime[] = [];
/** Of each name a node that starts again is who it was. */
const homes = new Map<string, IdentitySource>();
const servers: Server[] = [];

/** Closes what the test started. */
afterEach(async () => {
  for (const runtime of runtimes.splice(0).reverse()) await runtime.close();
  for (const server of servers.splice(0)) server.close();
  homes.clear();
});

/** What there is in a home without transports of its own. */
export const registry: Registry = new Registry("/nonexistent", resources, transportResources);

/** Starts a runtime that is closed after the test. */
export async function start(name: string, options: Partial<NodeRuntimeOptions> = {}): Promise<TestedRuntime> {
  const identities = homes.get(name) ?? memoryIdentities();
  homes.set(name, identities);
  const runtime = await createNodeRuntime({ name, registry, trust: { identities }, ...options });
  runtimes.push(runtime);
  return runtime as unknown as TestedRuntime;
}

/** A runtime that listens, and its transport hop. */
export async function startListening(
  name: string,
  options: Partial<NodeRuntimeOptions> = {},
): Promise<[TestedRuntime, string]> {
  const runtime = await start(name, options);
  const { socket_addr } = await runtime.operations["tcp-listener.create"]({ where: "127.0.0.1:0" });
  return [runtime, `tcp#${socket_addr}`];
}

/** The reply to a message. */
export async function send(runtime: TestedRuntime, route: string[], text = "hello"): Promise<string> {
  const payload = Buffer.from(text).toString("base64");
  const reply = await runtime.operations["message.send"]({ route, payload, timeoutMs: 5000 });
  return Buffer.from(reply.payload, "base64").toString();
}

/** Creates an inlet; what is not given is as on the command line. */
export async function createInlet(runtime: TestedRuntime, params: Partial<InletParams>): Promise<InletView> {
  const settings = {
    connectionWaitMs: 5000,
    retryWaitMs: 20_000,
    openTimeoutMs: 10_000,
    pingTimeoutMs: 10_000,
  };
  return runtime.operations["tcp-inlet.create"]({
    listen: "127.0.0.1:0",
    waitMs: 5000,
    ...settings,
    ...params,
  });
}

/** The place of a server that sends back what it gets. */
export async function echoServer(): Promise<string> {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket));
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** What comes back for `sent` until the other end is done. */
export async function visit(where: string, sent: string): Promise<string> {
  const { host, port } = parseHostPort(where);
  const socket = connect(port, host);
  socket.end(sent);
  return text(socket);
}

/** A route as a param. */
export function to(...hops: string[]): RouteParam {
  return { hops, text: hops.join("/") };
}

/** What a spec is after it was a file. */
export async function stored(runtime: TestedRuntime): Promise<NodeSpec> {
  return checkNodeSpec(JSON.parse(JSON.stringify(runtime.spec())), await registry.resources());
}

/** Asks until something is so, for 10 s at most. */
export async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  let result = false;
  let asking = false;
  const ask = async (): Promise<void> => {
    asking = true;
    result = await isSo();
    asking = false;
  };
  const look = (): boolean => {
    if (!result && !asking) void ask();
    return result;
  };
  if (!(await waitUntil(look, 10_000))) throw new Error("it did not become so within 10 s");
}
