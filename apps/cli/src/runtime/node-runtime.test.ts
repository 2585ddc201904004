import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import {
  createInlet,
  echoServer,
  send,
  start,
  startListening,
  stored,
  to,
  until,
} from "../../test-support/runtimes.js";
import { parseHostPort } from "../syntax/host-port.js";

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
    const spec = await stored(n2);
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
