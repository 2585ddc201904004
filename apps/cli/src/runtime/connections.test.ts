import { describe, expect, it } from "vitest";
import { send, start, startListening } from "../../test-support/runtimes.js";

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
      expect(await operations["tcp-connection.show"]({ name })).toMatchObject(made);
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
    expect(n1.spec().resources["tcp-connection"]).toEqual([]);
    expect(n1.node.connections()).toEqual([]);
  });

  it("refuse a port that is taken", async () => {
    const [n2, hop] = await startListening("n2");
    const create = n2.operations["tcp-listener.create"]({ where: hop.slice(4) });
    await expect(create).rejects.toMatchObject({ code: "LISTEN_ADDRESS_TAKEN" });
    expect(n2.spec().resources["tcp-listener"]).toHaveLength(1);
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
