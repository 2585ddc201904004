import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { untilConnected } from "./dial-host.js";

const { signal } = new AbortController();

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("untilConnected()", () => {
  it("refuses a socket that is connected to itself, and gives its port back", async () => {
    const port = await freePort();
    const socket = connect({ host: "127.0.0.1", port, localPort: port });
    await expect(untilConnected(socket, `127.0.0.1:${port}`, signal)).rejects.toMatchObject({
      code: "CONNECTION_REFUSED",
      message: `Cannot connect to 127.0.0.1:${port}: nobody listens there`,
    });
    expect(socket.destroyed).toBe(true);
  });

  it("destroys a socket whose attempt is given up", async () => {
    const controller = new AbortController();
    const socket = connect({ host: "192.0.2.1", port: 9 });
    const connected = untilConnected(socket, "192.0.2.1:9", controller.signal);
    controller.abort(new Error("enough"));
    await expect(connected).rejects.toThrow("enough");
    expect(socket.destroyed).toBe(true);
  });
});
