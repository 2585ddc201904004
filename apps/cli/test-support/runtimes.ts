import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach } from "vitest";
import { createNodeRuntime, type NodeRuntime, type NodeRuntimeOptions } from "../src/runtime/node-runtime.js";
import { checkNodeSpec, type NodeSpec } from "../src/runtime/node-spec.js";
import type { InletParams, RouteParam } from "../src/runtime/operation-types.js";
import type { InletView } from "../src/runtime/views.js";
import { waitUntil } from "../src/runtime/wait-until.js";
import { parseHostPort } from "../src/syntax/host-port.js";

const runtimes: NodeRuntime[] = [];
const servers: Server[] = [];

/** Closes what the test started. */
afterEach(async () => {
  for (const runtime of runtimes.splice(0).reverse()) await runtime.close();
  for (const server of servers.splice(0)) server.close();
});

/** Starts a runtime that is closed after the test. */
export async function start(name: string, options: Partial<NodeRuntimeOptions> = {}): Promise<NodeRuntime> {
  const runtime = await createNodeRuntime({ name, ...options });
  runtimes.push(runtime);
  return runtime;
}

/** A runtime that listens, and its transport hop. */
export async function startListening(
  name: string,
  options: Partial<NodeRuntimeOptions> = {},
): Promise<[NodeRuntime, string]> {
  const runtime = await start(name, options);
  const { socket_addr } = await runtime.operations["tcp-listener.create"]({ where: "127.0.0.1:0" });
  return [runtime, `tcp#${socket_addr}`];
}

/** The reply to a message. */
export async function send(runtime: NodeRuntime, route: string[], text = "hello"): Promise<string> {
  const payload = Buffer.from(text).toString("base64");
  const reply = await runtime.operations["message.send"]({ route, payload, timeoutMs: 5000 });
  return Buffer.from(reply.payload, "base64").toString();
}

/** Creates an inlet; what is not given is as on the command line. */
export async function createInlet(runtime: NodeRuntime, params: Partial<InletParams>): Promise<InletView> {
  const settings = { connectionWaitMs: 5000, retryWaitMs: 20_000, timeoutMs: 10_000, pingTimeoutMs: 10_000 };
  return runtime.operations["tcp-inlet.create"]({ listen: "127.0.0.1:0", waitMs: 5000, settings, ...params });
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
export function stored(runtime: NodeRuntime): NodeSpec {
  return checkNodeSpec(JSON.parse(JSON.stringify(runtime.spec())));
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
