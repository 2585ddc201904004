import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { registry, send, start, startListening, stored, to, until } from "../../test-support/runtimes.js";
import { checkNodeSpec } from "./node-spec.js";

describe("spec()", () => {
  it("restores services, listeners, connections under their workers, and relays as the same owner [node-restore]", async () => {
    const [n2, hop] = await startListening("n2");
    const [n3] = await startListening("n3");
    await n3.operations["service.start"]({ type: "hop", address: "gate" });
    const connection = await n3.operations["tcp-connection.create"]({ to: hop.slice(4) });
    await n3.operations["relay.create"]({ name: "n3", at: to(hop), waitMs: 5000 });
    const before = await n3.operations["node.show"]({});
    const spec = await stored(n3);
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
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const { port } = blocker.address() as { port: number };
    const runtime = await start("n1", {
      spec: { version: 1, resources: { "tcp-listener": [{ where: `127.0.0.1:${port}` }] } },
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
    { version: 1, resources: { service: [{ type: "hop", address: "a/b" }] } },
  ])("refuses %j", async (value) => {
    const kinds = await registry.resources();
    expect(() => checkNodeSpec(value, kinds)).toThrow(expect.objectContaining({ code: "STATE_CORRUPT" }));
  });
});
