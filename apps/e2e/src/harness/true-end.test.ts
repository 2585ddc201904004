import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { openSocket } from "./clients.js";
import { startTarget } from "./targets.js";
import { onTrueEnd } from "./true-end.js";

/** What a server sees of a client that writes and then ends as told; the server ended its own direction before, or not. */
async function seen(endsFirst: boolean, end: (client: Socket) => void): Promise<string> {
  const target = await startTarget(() => {});
  const client = (await openSocket(target.port)).resume();
  while (target.sockets.length === 0) await new Promise(setImmediate);
  const [socket] = target.sockets as readonly [Socket];
  if (endsFirst) {
    socket.end();
    await once(client, "end");
  }
  const saw = new Promise<string>((resolve) => {
    onTrueEnd(socket, () => resolve("end"));
    socket.on("error", ({ code }: NodeJS.ErrnoException) => resolve(code ?? ""));
  });
  socket.resume();
  client.write("the last bytes");
  end(client);
  return saw;
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
