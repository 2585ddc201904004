import { describe, expect, it } from "vitest";
import { send, start, startListening, stored, to, until } from "../../test-support/runtimes.js";

describe("relays", () => {
  it("are taken by the node that hosts them, come back, and stay away while they are blocked", async () => {
    const [n2, at] = await startListening("n2");
    const n3 = await start("n3");
    await n3.operations["relay.create"]({ name: "n3", at: to(at), waitMs: 5000 });
    const operation = (name: string, params: object): Promise<unknown> => {
      const all = n2.operations as unknown as Readonly<Record<string, (params: object) => Promise<unknown>>>;
      return (all[name] as (params: object) => Promise<unknown>)(params);
    };
    const hosted = (): Promise<readonly unknown[]> => n2.operations["relay.list"]({});
    const before = n2.context.relayService.list()[0]?.registeredAt;
    await operation("relay.delete", { name: "n3" });
    await until(() => (n2.context.relayService.list()[0]?.registeredAt ?? before) !== before);
    await operation("relay-block.create", { blocked: "n3" });
    expect(await hosted()).toEqual([]);
    await until(async () => {
      const [own] = await n3.operations["relay.list"]({});
      return own?.last_failure?.includes("has blocked it") === true;
    });
    expect(await hosted()).toEqual([]);
    expect(n2.spec().resources["relay-block"]).toEqual([{ blocked: "n3" }]);
    await operation("relay-block.delete", { name: "n3" });
    await until(async () => (await hosted()).length === 1);
  });

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
    expect(stranger.spec().resources.relay).toEqual([]);
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

  it("are made while the far end is down, and heal [relay-late]", async () => {
    const [n2, hop] = await startListening("n2");
    const spec = await stored(n2);
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
