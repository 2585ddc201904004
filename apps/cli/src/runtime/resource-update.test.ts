import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import {
  createInlet,
  echoServer,
  start,
  startListening,
  to,
  until,
  visit,
} from "../../test-support/runtimes.js";
import type { InletView } from "../resources/tcp-inlet.js";
import { parseHostPort } from "../syntax/host-port.js";
import type { Operation } from "./operation-types.js";
import type { Changed } from "./resource-table.js";

/** Any operation of a runtime. */
function operation(runtime: { readonly operations: object }, name: string): Operation<Changed> {
  return (runtime.operations as Readonly<Record<string, Operation<Changed>>>)[name] as Operation<Changed>;
}

async function open(where: string): Promise<Socket> {
  const socket = connect(parseHostPort(where)).on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Whether the other end still gives back what it gets. */
async function echoes(socket: Socket, text: string): Promise<boolean> {
  const back = once(socket, "data");
  socket.write(text);
  return String((await back)[0]) === text;
}

describe("ResourceTable.update()", () => {
  it("changes what an inlet leads to, and its streams go on", async () => {
    const [far, hop] = await startListening("far");
    const near = await start("near");
    await far.operations["tcp-outlet.create"]({ to: await echoServer(), address: "first" });
    await far.operations["tcp-outlet.create"]({ to: await echoServer(), address: "second" });
    const { bind_addr } = await createInlet(near, { alias: "web", routes: [to(hop, "first")] });
    const socket = await open(bind_addr);
    expect(await echoes(socket, "before")).toBe(true);
    const update = operation(near, "tcp-inlet.update");
    const changed = await update({
      name: "web",
      set: { routes: [to(hop, "second")], waitMs: 5000 },
      unset: [],
    });
    expect(changed).toMatchObject({
      changed: ["routes"],
      isAnew: false,
      view: { alias: "web", bind_addr, status: "Up", outlet_addr: `${hop}/second` },
    });
    expect(await echoes(socket, "after")).toBe(true);
    await far.operations["tcp-outlet.delete"]({ name: "first" });
    expect(await visit(bind_addr, "new")).toBe("new");
  });

  it("lets go of the former way once its last stream has ended", async () => {
    const [[one, first], [two, second]] = await Promise.all([startListening("one"), startListening("two")]);
    const near = await start("near");
    for (const far of [one, two]) await far.operations["tcp-outlet.create"]({ to: await echoServer() });
    const { bind_addr } = await createInlet(near, { alias: "web", routes: [to(first, "outlet")] });
    const socket = await open(bind_addr);
    expect(await echoes(socket, "before")).toBe(true);
    const update = operation(near, "tcp-inlet.update");
    await update({ name: "web", set: { routes: [to(second, "outlet")], waitMs: 5000 }, unset: [] });
    expect(await echoes(socket, "after")).toBe(true);
    expect(near.node.connections()).toHaveLength(2);
    socket.end();
    await until(() => near.node.connections().length === 1);
  });

  it("changes the target of an outlet, and says when there is nothing to do", async () => {
    const node = await start("n1");
    await node.operations["tcp-outlet.create"]({ to: "127.0.0.1:9000" });
    const update = operation(node, "tcp-outlet.update");
    const set = { to: "127.0.0.1:9001" };
    expect(await update({ name: "outlet", set, unset: [] })).toMatchObject({
      changed: ["to"],
      isAnew: false,
    });
    expect(await update({ name: "outlet", set, unset: [] })).toMatchObject({ changed: [], isAnew: false });
    expect(await node.operations["tcp-outlet.list"]({})).toMatchObject([{ to: "127.0.0.1:9001" }]);
    expect(node.spec().resources["tcp-outlet"]).toMatchObject([set]);
  });

  it("forgets what is said no longer", async () => {
    const [, hop] = await startListening("far");
    const near = await start("near");
    const given = { alias: "web", routes: [to(hop, "outlet")], allowFrom: ["10.0.0.0/8"], waitMs: 0 };
    await createInlet(near, given);
    const update = operation(near, "tcp-inlet.update");
    const changed = await update({ name: "web", set: {}, unset: ["allowFrom"] });
    expect(changed).toMatchObject({ changed: ["allowFrom"], view: { allow_from: [] } });
    await expect(update({ name: "web", set: {}, unset: ["routes"] })).rejects.toMatchObject({
      code: "OPERATION_INVALID",
    });
  });

  it("makes anew what cannot be changed while it lives, and leaves it as it was where that fails", async () => {
    const [far, hop] = await startListening("far");
    const near = await start("near");
    await far.operations["tcp-outlet.create"]({ to: await echoServer() });
    const inlet = await createInlet(near, { alias: "web", routes: [to(hop, "outlet")] });
    const other = await createInlet(near, { alias: "other", routes: [to(hop, "outlet")] });
    const update = operation(near, "tcp-inlet.update");
    const taken = update({ name: "web", set: { listen: other.bind_addr }, unset: [] });
    await expect(taken).rejects.toMatchObject({ code: "LISTEN_ADDRESS_TAKEN" });
    expect(await visit(inlet.bind_addr, "hello")).toBe("hello");
    const moved = await update({ name: "web", set: { listen: "127.0.0.2:0", waitMs: 5000 }, unset: [] });
    const { bind_addr } = moved.view as InletView;
    expect(moved.isAnew).toBe(true);
    expect(bind_addr).toMatch(/^127\.0\.0\.2:\d+$/);
    expect(await visit(bind_addr, "hello")).toBe("hello");
  });

  it("takes a policy's place in one step", async () => {
    const node = await start("n1");
    await operation(node, "policy.create")({ resource: "tcp-outlet", expression: "component.web" });
    const update = operation(node, "policy.update");
    const changed = await update({ name: "tcp-outlet", set: { expression: "component.db" }, unset: [] });
    expect(changed).toMatchObject({ changed: ["expression"], isAnew: false });
    expect(node.spec().resources.policy).toEqual([
      { resourceType: "tcp-outlet", expression: "component.db" },
    ]);
  });

  it("refuses what nobody made there", async () => {
    const [far, hop] = await startListening("far");
    const near = await start("near");
    await near.node.connect(hop);
    await until(() => far.node.connections().length === 1);
    const [accepted] = far.node.connections();
    const update = operation(far, "tcp-connection.update");
    const changes = { set: { to: "127.0.0.1:1" }, unset: [] };
    await expect(update({ name: accepted?.worker, ...changes })).rejects.toMatchObject({
      code: "RESOURCE_IN_USE",
    });
    await expect(update({ name: "nobody", ...changes })).rejects.toMatchObject({
      code: "RESOURCE_NOT_FOUND",
    });
  });
});

describe("service.delete", () => {
  it("stops a hop, and none that every node has", async () => {
    const node = await start("n1");
    await node.operations["service.start"]({ type: "hop", address: "hop" });
    await operation(node, "service.delete")({ name: "hop" });
    expect(node.node.workers().some(({ address }) => address === "hop")).toBe(false);
    await expect(operation(node, "service.delete")({ name: "echo" })).rejects.toMatchObject({
      code: "RESOURCE_IN_USE",
    });
  });
});
