import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { parseHostPort } from "../syntax/host-port.js";
import { createNodeRuntime, type NodeRuntime, type NodeRuntimeOptions } from "./node-runtime.js";
import { checkNodeSpec, type NodeSpec } from "./node-spec.js";
import type { InletParams, RouteParam } from "./operation-types.js";
import type { InletView } from "./views.js";
import { waitUntil } from "./wait-until.js";

const runtimes: NodeRuntime[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const runtime of runtimes.splice(0).reverse()) await runtime.close();
  for (const server of servers.splice(0)) server.close();
});

async function start(name: string, options: Partial<NodeRuntimeOptions> = {}): Promise<NodeRuntime> {
  const runtime = await createNodeRuntime({ name, ...options });
  runtimes.push(runtime);
  return runtime;
}

/** A runtime that listens, and its transport hop. */
async function startListening(
  name: string,
  options: Partial<NodeRuntimeOptions> = {},
): Promise<[NodeRuntime, string]> {
  const runtime = await start(name, options);
  const { socket_addr } = await runtime.operations["tcp-listener.create"]({ where: "127.0.0.1:0" });
  return [runtime, `tcp#${socket_addr}`];
}

async function send(runtime: NodeRuntime, route: string[], text = "hello"): Promise<string> {
  const payload = Buffer.from(text).toString("base64");
  const reply = await runtime.operations["message.send"]({ route, payload, timeoutMs: 5000 });
  return Buffer.from(reply.payload, "base64").toString();
}

async function createInlet(runtime: NodeRuntime, params: Partial<InletParams>): Promise<InletView> {
  const settings = { connectionWaitMs: 5000, retryWaitMs: 20_000, timeoutMs: 10_000, pingTimeoutMs: 10_000 };
  return runtime.operations["tcp-inlet.create"]({ listen: "127.0.0.1:0", waitMs: 5000, settings, ...params });
}

/** The place of a server that sends back what it gets. */
async function echoServer(): Promise<string> {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** What comes back for `sent` until the other end is done. */
async function visit(where: string, sent: string): Promise<string> {
  const { host, port } = parseHostPort(where);
  const socket = connect(port, host);
  socket.end(sent);
  return text(socket);
}

function to(...hops: string[]): RouteParam {
  return { hops, text: hops.join("/") };
}

/** What a spec is after it was a file. */
function stored(runtime: NodeRuntime): NodeSpec {
  return checkNodeSpec(JSON.parse(JSON.stringify(runtime.spec())));
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
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

describe("createNodeRuntime()", () => {
  it("has services uppercase, echo and relay", async () => {
    const n1 = await start("n1");
    expect(await n1.operations["service.list"]({})).toEqual([
      { addr: "uppercase", type: "uppercase" },
      { addr: "echo", type: "echo" },
      { addr: "relay", type: "relay" },
    ]);
    expect(await send(n1, ["uppercase"])).toBe("HELLO");
  });

  it("refuses parameters of another shape", async () => {
    const { operations } = await start("n1");
    const invalid = { code: "OPERATION_INVALID" };
    for (const params of [
      undefined,
      null,
      1,
      [],
      {},
      { where: 1 },
      { where: "x" },
      { where: "127.0.0.1:0", more: 1 },
    ]) {
      await expect(operations["tcp-listener.create"](params)).rejects.toMatchObject(invalid);
    }
    await expect(
      operations["message.send"]({ route: ["a/b"], payload: "", timeoutMs: 1 }),
    ).rejects.toMatchObject(invalid);
    await expect(operations["message.send"]({ route: [], payload: "", timeoutMs: 1 })).rejects.toMatchObject(
      invalid,
    );
    await expect(
      operations["message.send"]({ route: ["a"], payload: "?", timeoutMs: 1 }),
    ).rejects.toMatchObject(invalid);
    await expect(operations["relay.create"]({ name: "../x", at: to("a"), waitMs: 0 })).rejects.toMatchObject(
      invalid,
    );
    await expect(operations["tcp-outlet.create"]({ to: "nowhere" })).rejects.toMatchObject(invalid);
  });

  it("names the hop that does not exist", async () => {
    const [, hop] = await startListening("n2");
    const n1 = await start("n1");
    await expect(send(n1, [hop, "nobody"])).rejects.toMatchObject({
      code: "WORKER_NOT_FOUND",
      hop: "nobody",
    });
    await expect(send(n1, ["nobody"])).rejects.toMatchObject({ code: "WORKER_NOT_FOUND" });
  });

  it("keeps a connection it made for a message, shares it, and keeps none that failed", async () => {
    const [n2, hop] = await startListening("n2");
    const n1 = await start("n1");
    for (const text of ["a", "b"]) expect(await send(n1, [hop, "uppercase"], text)).toBe(text.toUpperCase());
    await n1.operations["relay.create"]({ name: "n1", at: to(hop), waitMs: 5000 });
    expect(n1.node.connections()).toHaveLength(1);
    await n1.close();
    await n2.close();
    const n3 = await start("n3");
    await expect(send(n3, [hop, "uppercase"])).rejects.toMatchObject({ code: "CONNECTION_REFUSED", hop });
    expect(n3.node.connections()).toHaveLength(0);
  });

  it("dials again at once for a message after the other node was away", async () => {
    const [n2, hop] = await startListening("n2");
    const n1 = await start("n1");
    expect(await send(n1, [hop, "uppercase"])).toBe("HELLO");
    const spec = stored(n2);
    await n2.close();
    await until(() => n1.node.connections().length === 0);
    await start("n2", { spec });
    expect(await send(n1, [hop, "uppercase"])).toBe("HELLO");
  });

  it("shows everything it has", async () => {
    const [n2, hop] = await startListening("n2");
    const port = hop.split(":")[1];
    expect(await n2.operations["node.show"]({})).toMatchObject({
      name: "n2",
      route: { short: "/node/n2", verbose: `/dnsaddr/localhost/tcp/${port}` },
      transports: [
        { type: "tcp", mode: "listening", socket_addr: `127.0.0.1:${port}`, worker_addr: "<none>" },
      ],
      inlets: [],
      outlets: [],
      relays: [],
    });
  });
});

describe("services", () => {
  it("start a hop once per address", async () => {
    const [n3, hop] = await startListening("n3");
    const n1 = await start("n1");
    await n3.operations["service.start"]({ type: "hop", address: "hop" });
    expect(await send(n1, [hop, "hop", "uppercase"])).toBe("HELLO");
    await expect(n3.operations["service.start"]({ type: "hop", address: "hop" })).rejects.toMatchObject({
      code: "ADDRESS_TAKEN",
    });
  });
});

describe("connections and listeners", () => {
  it("are found by worker and by socket address", async () => {
    const [, hop] = await startListening("n2");
    const where = hop.slice(4);
    const { operations } = await start("n1");
    expect(await operations["tcp-connection.show"]({ name: where })).toEqual([]);
    const made = await operations["tcp-connection.create"]({ to: where });
    expect(made).toMatchObject({ from: "/node/n1", to: where, mode: "outgoing", status: "Up" });
    expect(made.address).toMatch(/^\/worker\/[0-9a-f]{32}$/);
    for (const name of [where, made.address, made.address.slice("/worker/".length)]) {
      expect(await operations["tcp-connection.show"]({ name })).toEqual(made);
    }
    await expect(operations["tcp-connection.show"]({ name: "127.0.0.1:1" })).rejects.toThrow(/not found/);
    expect(await operations["tcp-connection.delete"]({ name: where })).toEqual({ address: made.address });
    expect(await operations["tcp-connection.list"]({})).toEqual([]);
  });

  it("keep nothing of a connection that cannot be opened", async () => {
    const n1 = await start("n1");
    const [n2, hop] = await startListening("n2");
    await n2.close();
    await expect(n1.operations["tcp-connection.create"]({ to: hop.slice(4) })).rejects.toMatchObject({
      code: "CONNECTION_REFUSED",
    });
    expect(n1.spec().connections).toEqual([]);
    expect(n1.node.connections()).toEqual([]);
  });

  it("refuse a port that is taken", async () => {
    const [n2, hop] = await startListening("n2");
    const create = n2.operations["tcp-listener.create"]({ where: hop.slice(4) });
    await expect(create).rejects.toMatchObject({ code: "LISTEN_ADDRESS_TAKEN" });
    expect(n2.spec().listeners).toHaveLength(1);
  });

  it("carry messages over UDP and TCP in one route", async () => {
    const n2 = await start("n2");
    const [, hop3] = await startListening("n3");
    const n1 = await start("n1");
    const { socket_addr } = await n2.operations["udp-listener.create"]({ where: "127.0.0.1:0" });
    const to3 = await n2.operations["tcp-connection.create"]({ to: hop3.slice(4) });
    const to2 = await n1.operations["udp-connection.create"]({ to: socket_addr });
    await n2.operations["service.start"]({ type: "hop", address: "hop" });
    const [udp, tcp] = [to2, to3].map(({ address }) => address.slice("/worker/".length)) as [string, string];
    expect(await send(n1, [udp, "hop", tcp, "uppercase"])).toBe("HELLO");
    expect(await n1.operations["tcp-connection.list"]({})).toEqual([]);
    expect(await n1.operations["udp-connection.list"]({})).toHaveLength(1);
  });
});

describe("relays", () => {
  it("make a node without a listener reachable, and show on both ends", async () => {
    const [n2, hop] = await startListening("n2");
    const n3 = await start("n3");
    const n1 = await start("n1");
    const relay = await n3.operations["relay.create"]({ name: "n3", at: to(hop), waitMs: 5000 });
    expect(relay).toMatchObject({ name: "n3", remote_address: "forward_to_n3", connection_status: "Up" });
    expect(relay.forwarding_route).toMatch(/^0#[0-9a-f]{32} => 0#forward_to_n3$/);
    expect(relay.worker_address).toMatch(/^\/service\/[0-9a-f]{32}$/);
    expect(await send(n1, [hop, "forward_to_n3", "uppercase"])).toBe("HELLO");
    expect(await n3.operations["relay.show"]({ name: "n3" })).toMatchObject({
      remote_address: "/service/forward_to_n3",
    });
    expect(await n2.operations["relay.list"]({})).toMatchObject([{ name: "n3", connection_status: "Up" }]);
    await expect(n2.operations["relay.delete"]({ name: "n3" })).rejects.toThrow(/not found/);
    expect(await n3.operations["relay.delete"]({ name: "n3" })).toEqual({ name: "n3" });
    expect(await n2.operations["relay.list"]({})).toEqual([]);
    expect(n3.node.connections()).toEqual([]);
  });

  it("refuse a name that is taken, here and by somebody else, and leave nothing", async () => {
    const [, hop] = await startListening("n2");
    const n3 = await start("n3");
    const stranger = await start("stranger");
    const params = { name: "n3", at: to(hop), waitMs: 5000 };
    await n3.operations["relay.create"](params);
    await expect(n3.operations["relay.create"](params)).rejects.toMatchObject({
      code: "RESOURCE_NAME_TAKEN",
    });
    await expect(stranger.operations["relay.create"](params)).rejects.toMatchObject({
      code: "RELAY_NAME_TAKEN",
    });
    expect(stranger.spec().relays).toEqual([]);
    expect(stranger.node.connections()).toEqual([]);
  });

  it("share one connection, which nobody can delete under them", async () => {
    const [, hop] = await startListening("n2");
    const n3 = await start("n3");
    for (const name of ["a", "b"]) await n3.operations["relay.create"]({ name, at: to(hop), waitMs: 5000 });
    const [connection] = await n3.operations["tcp-connection.list"]({});
    expect(n3.node.connections()).toHaveLength(1);
    await expect(n3.operations["tcp-connection.delete"]({ name: connection?.address })).rejects.toMatchObject(
      {
        code: "RESOURCE_IN_USE",
      },
    );
    await n3.operations["relay.delete"]({ name: "a" });
    expect(n3.node.connections()).toHaveLength(1);
    await n3.operations["relay.delete"]({ name: "b" });
    expect(n3.node.connections()).toHaveLength(0);
  });

  it("are made while the far end is down, and heal", async () => {
    const [n2, hop] = await startListening("n2");
    const spec = stored(n2);
    await n2.close();
    const n3 = await start("n3");
    const relay = await n3.operations["relay.create"]({ name: "n3", at: to(hop), waitMs: 50 });
    expect(relay.connection_status).toBe("Down");
    await start("n2", { spec });
    await until(async () => (await n3.operations["relay.list"]({}))[0]?.connection_status === "Up");
  });

  it("can be hosted by the node itself", async () => {
    const n2 = await start("n2");
    const relay = await n2.operations["relay.create"]({ name: "default", at: to(), waitMs: 5000 });
    expect(relay.connection_status).toBe("Up");
    expect(await send(n2, ["forward_to_default", "uppercase"])).toBe("HELLO");
    expect(await n2.operations["relay.list"]({})).toHaveLength(1);
  });
});

describe("outlets and inlets", () => {
  it("carry a TCP connection through a relay, with and without a hop", async () => {
    const [, hop] = await startListening("n2");
    const n3 = await start("n3");
    const n1 = await start("n1");
    await n3.operations["service.start"]({ type: "hop", address: "hop" });
    await n3.operations["relay.create"]({ name: "n3", at: to(hop), waitMs: 5000 });
    const outlet = await n3.operations["tcp-outlet.create"]({ to: await echoServer() });
    expect(outlet.worker_addr).toBe("/service/outlet");
    for (const route of [
      [hop, "forward_to_n3", "outlet"],
      [hop, "forward_to_n3", "hop", "outlet"],
    ]) {
      const inlet = await createInlet(n1, { routes: [to(...route)] });
      expect(inlet).toMatchObject({ status: "Up", outlet_addr: route.join("/"), last_failure: null });
      expect(inlet.outlet_route).toMatch(/^0#[0-9a-f]{32} => 0#forward_to_n3/);
      expect(await visit(inlet.bind_addr, "hello")).toBe("hello");
    }
  });

  it("use a spare route when the first is down", async () => {
    const [n3, hop] = await startListening("n3");
    const n1 = await start("n1");
    await n3.operations["tcp-outlet.create"]({ to: await echoServer() });
    const inlet = await createInlet(n1, { routes: [to("nowhere", "outlet"), to(hop, "outlet")] });
    expect(await visit(inlet.bind_addr, "hello")).toBe("hello");
  });

  it("are made while the far end is down, say so, and heal", async () => {
    const [n3, hop] = await startListening("n3");
    const n1 = await start("n1");
    const inlet = await createInlet(n1, { alias: "web", routes: [to(hop, "outlet")], waitMs: 200 });
    expect(inlet).toMatchObject({ status: "Down", outlet_route: null });
    expect(inlet.last_failure).toMatch(/^WORKER_NOT_FOUND: /);
    await n3.operations["tcp-outlet.create"]({ to: await echoServer() });
    await until(async () => (await n1.operations["tcp-inlet.list"]({}))[0]?.status === "Up");
    expect(await visit(inlet.bind_addr, "hello")).toBe("hello");
  });

  it("refuse a name and an address that are taken", async () => {
    const n1 = await start("n1");
    const routes = [to("outlet")];
    const { bind_addr } = await createInlet(n1, { alias: "web", routes, waitMs: 0 });
    await expect(createInlet(n1, { alias: "web", routes, waitMs: 0 })).rejects.toMatchObject({
      code: "RESOURCE_NAME_TAKEN",
    });
    await expect(createInlet(n1, { listen: bind_addr, routes, waitMs: 0 })).rejects.toMatchObject({
      code: "LISTEN_ADDRESS_TAKEN",
    });
    expect(n1.spec().inlets).toHaveLength(1);
  });

  it("find a free address for an outlet nobody named, and refuse a named one that is taken", async () => {
    const n1 = await start("n1");
    const create = (params: object) => n1.operations["tcp-outlet.create"]({ to: "127.0.0.1:9", ...params });
    expect((await create({})).worker_addr).toBe("/service/outlet");
    expect((await create({})).worker_addr).toMatch(/^\/service\/[a-z-]+-[a-z-]+$/);
    await expect(create({ address: "outlet" })).rejects.toMatchObject({ code: "ADDRESS_TAKEN" });
    await expect(create({ address: "echo" })).rejects.toMatchObject({ code: "ADDRESS_TAKEN" });
    expect(await n1.operations["tcp-outlet.list"]({})).toHaveLength(2);
    expect(await n1.operations["tcp-outlet.delete"]({ name: "outlet" })).toEqual({
      from: "/service/outlet",
      to: "127.0.0.1:9",
    });
    expect((await create({ address: "outlet" })).worker_addr).toBe("/service/outlet");
  });

  it("are restored on their ports, with the routes as they were", async () => {
    const [n3, hop] = await startListening("n3");
    await n3.operations["tcp-outlet.create"]({ to: await echoServer() });
    const n1 = await start("n1");
    const inlet = await createInlet(n1, { alias: "web", routes: [to(hop, "outlet")] });
    const [spec1, spec3] = [stored(n1), stored(n3)];
    await Promise.all([n1.close(), n3.close()]);
    const again = await start("n1", { spec: spec1 });
    await start("n3", { spec: spec3 });
    expect(again.spec()).toEqual(spec1);
    await until(async () => (await again.operations["tcp-inlet.list"]({}))[0]?.status === "Up");
    expect(await visit(inlet.bind_addr, "hello")).toBe("hello");
  });
});

describe("close()", () => {
  it("lets running streams end within the grace time", async () => {
    const n1 = await start("n1");
    await n1.operations["tcp-outlet.create"]({ to: await echoServer() });
    const inlet = await createInlet(n1, { routes: [to("outlet")] });
    const { host, port } = parseHostPort(inlet.bind_addr);
    const socket = connect(port, host);
    socket.write("hello");
    await once(socket, "data");
    const closing = n1.close({ graceMs: 5000 });
    socket.end(" world");
    expect(await text(socket)).toBe(" world");
    await closing;
    expect(n1.openStreams()).toBe(0);
  });
});

describe("spec()", () => {
  it("restores services, listeners, connections under their workers, and relays as the same owner", async () => {
    const [n2, hop] = await startListening("n2");
    const [n3] = await startListening("n3");
    await n3.operations["service.start"]({ type: "hop", address: "gate" });
    const connection = await n3.operations["tcp-connection.create"]({ to: hop.slice(4) });
    await n3.operations["relay.create"]({ name: "n3", at: to(hop), waitMs: 5000 });
    const before = await n3.operations["node.show"]({});
    const spec = stored(n3);
    // The second start claims the relay while the first still has it: the owner's token decides.
    await n3.operations["tcp-listener.delete"]({ name: before.transports[0]?.socket_addr });
    const again = await start("n3", { spec });
    expect(again.spec()).toEqual(spec);
    await until(async () => {
      const now = await again.operations["node.show"]({});
      return (
        now.transports.every(({ status }) => status === "Up") && now.relays[0]?.connection_status === "Up"
      );
    });
    const now = await again.operations["node.show"]({});
    expect(now.route).toEqual(before.route);
    expect(now.services).toEqual(before.services);
    expect(await again.operations["tcp-connection.show"]({ name: connection.address })).toMatchObject({
      status: "Up",
    });
    expect(await send(n2, ["forward_to_n3", "gate", "uppercase"])).toBe("HELLO");
  });

  it("keeps a listener whose port is taken, and heals it", async () => {
    const blocker = createServer();
    servers.push(blocker);
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const { port } = blocker.address() as { port: number };
    const empty = (await start("empty")).spec();
    const runtime = await start("n1", {
      spec: { ...empty, listeners: [{ address: `tcp#127.0.0.1:${port}` }] },
    });
    const [listener] = await runtime.operations["tcp-listener.list"]({});
    expect(listener).toMatchObject({
      status: "Down",
      last_failure: expect.stringContaining("LISTEN_ADDRESS_TAKEN"),
    });
    await new Promise((resolve) => blocker.close(resolve));
    await until(async () => (await runtime.operations["tcp-listener.list"]({}))[0]?.status === "Up");
  });

  it("tells each change", async () => {
    const runtime = await start("n1");
    let changes = 0;
    const stop = runtime.onSpecChange(() => changes++);
    await runtime.operations["service.start"]({ type: "hop", address: "hop" });
    await runtime.operations["tcp-listener.create"]({ where: "127.0.0.1:0" });
    expect(changes).toBe(2);
    stop();
    await runtime.operations["service.start"]({ type: "hop", address: "hop2" });
    expect(changes).toBe(2);
  });
});

describe("checkNodeSpec()", () => {
  it.each([
    undefined,
    null,
    [],
    {},
    { version: 2 },
    { version: 1, services: [{ type: "hop", address: "a/b" }] },
  ])("refuses %j", (value) => {
    expect(() => checkNodeSpec(value)).toThrow(expect.objectContaining({ code: "STATE_CORRUPT" }));
  });
});
