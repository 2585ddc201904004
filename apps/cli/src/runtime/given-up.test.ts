import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { createInlet, start, to, until } from "../../test-support/runtimes.js";

/** Somewhere that takes connections and never says a word. */
async function silentHop(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on("error", () => {})));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `tcp#127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const waitMs = 60_000;

describe("an operation whose command went away", () => {
  it("leaves no inlet behind", async () => {
    const n1 = await start("n1");
    const command = new AbortController();
    const settings = { connectionWaitMs: 0, retryWaitMs: 1000, openTimeoutMs: 1000, pingTimeoutMs: 1000 };
    const params = {
      alias: "web",
      listen: "127.0.0.1:0",
      routes: [to("nowhere", "outlet")],
      waitMs,
      ...settings,
    };
    const creation = n1.operations["tcp-inlet.create"](params, { signal: command.signal });
    await until(async () => (await n1.operations["tcp-inlet.list"]({})).length === 1);
    command.abort();
    await expect(creation).rejects.toMatchObject({ code: "ABORTED" });
    expect(await n1.operations["tcp-inlet.list"]({})).toEqual([]);
    expect(n1.spec().resources["tcp-inlet"]).toEqual([]);
    expect(
      (await createInlet(n1, { alias: "web", routes: [to("nowhere", "outlet")], waitMs: 0 })).alias,
    ).toBe("web");
  });

  it("leaves no relay and no connection behind, also while it dials", async () => {
    const n1 = await start("n1");
    const command = new AbortController();
    const params = { name: "n1", at: to(await silentHop()), waitMs };
    const creation = n1.operations["relay.create"](params, { signal: command.signal });
    await until(() => n1.node.connections().length === 1);
    command.abort();
    await expect(creation).rejects.toMatchObject({ code: "ABORTED" });
    expect(n1.spec().resources.relay).toEqual([]);
    expect(n1.node.connections()).toEqual([]);
  });

  it("sends no message any more", async () => {
    const n1 = await start("n1");
    const command = new AbortController();
    const params = { route: [await silentHop(), "echo"], payload: "", timeoutMs: waitMs };
    const sending = n1.operations["message.send"](params, { signal: command.signal });
    await until(() => n1.node.connections().length === 1);
    command.abort();
    await expect(sending).rejects.toMatchObject({ code: "ABORTED" });
  });
});
