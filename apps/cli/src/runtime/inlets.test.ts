import { describe, expect, it } from "vitest";
import {
  createInlet,
  echoServer,
  start,
  startListening,
  stored,
  to,
  until,
  visit,
} from "../../test-support/runtimes.js";

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

  it("are made while the far end is down, say so, and heal [portal-late]", async () => {
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
    expect(n1.spec().resources["tcp-inlet"]).toHaveLength(1);
  });

  it("find a free address for an outlet nobody named, and refuse a named one that is taken", async () => {
    const n1 = await start("n1");
    const create = (params: object) => n1.operations["tcp-outlet.create"]({ to: "127.0.0.1:9", ...params });
    expect((await create({})).worker_addr).toBe("/service/outlet");
    expect((await create({})).worker_addr).toMatch(/^\/service\/[a-z-]+-[a-z-]+$/);
    await expect(create({ address: "outlet" })).rejects.toMatchObject({ code: "ADDRESS_TAKEN" });
    await expect(create({ address: "echo" })).rejects.toMatchObject({ code: "ADDRESS_TAKEN" });
    expect(await n1.operations["tcp-outlet.list"]({})).toHaveLength(2);
    expect(await n1.operations["tcp-outlet.delete"]({ name: "outlet" })).toMatchObject({
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
    const [spec1, spec3] = [await stored(n1), await stored(n3)];
    await Promise.all([n1.close(), n3.close()]);
    const again = await start("n1", { spec: spec1 });
    await start("n3", { spec: spec3 });
    expect(again.spec()).toEqual(spec1);
    await until(async () => (await again.operations["tcp-inlet.list"]({}))[0]?.status === "Up");
    expect(await visit(inlet.bind_addr, "hello")).toBe("hello");
  });
});
