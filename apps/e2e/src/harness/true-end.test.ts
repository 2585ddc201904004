import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { onTrueEnd } from "./true-end.js";

/** What a server sees of a client that writes and then ends as told; the server ended its own direction before, or not. */
async function seen(endsFirst: boolean, end: (client: Socket) => void): Promise<string> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const client = connect({
    port: (server.address() as AddressInfo).port,
    host: "127.0.0.1",
    allowHalfOpen: true,
  });
  client.on("error", () => {}).resume();
  const [socket] = (await once(server, "connection")) as [Socket];
  if (endsFirst) {
    socket.end();
    await once(client, "end");
  }
  const saw = new Promise<string>((resolve) => {
    onTrueEnd(socket, () => resolve("end"));
    socket.on("error", ({ code }: NodeJS.ErrnoException) => resolve(code ?? ""));
  });
  socket.on("close", () => client.destroy()).resume();
  client.write("the last bytes");
  end(client);
  const what = await saw;
  socket.destroy();
  return what;
}

describe("onTrueEnd", () => {
  it.each([false, true])(
    "tells a reset right behind bytes from an end; own direction ended: %s",
    async (endsFirst) => {
      for (let round = 0; round < 20; round++) {
        expect(await seen(endsFirst, (client) => client.resetAndDestroy())).toBe("ECONNRESET");
        expect(await seen(endsFirst, (client) => client.end())).toBe("end");
      }
    },
  );
});
