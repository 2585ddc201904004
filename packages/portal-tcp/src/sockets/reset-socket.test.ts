import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { afterTest } from "../testing/cleanups.js";
import { soon } from "../testing/sockets.js";
import { resetSocket } from "./reset-socket.js";

/** Both ends of a connection. */
async function connected(): Promise<{ near: Socket; far: Socket; openAtFar(): Promise<number> }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const near = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  near.on("error", () => {});
  const [[far]] = (await Promise.all([once(server, "connection"), once(near, "connect")])) as [
    [Socket],
    unknown,
  ];
  far.on("error", () => {});
  afterTest(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  const openAtFar = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
  return { near, far, openAtFar };
}

const closed = (socket: Socket): Promise<unknown> =>
  soon(
    new Promise((resolve) => (socket.closed ? resolve(0) : socket.once("close", resolve))),
    "the close of a socket",
  );

describe("resetSocket", () => {
  it("is seen as a reset, also when nobody reads what waits to be written", async () => {
    const { near, far } = await connected();
    far.resume();
    far.pause();
    near.write(Buffer.alloc(20_000_000));
    resetSocket(near);
    await closed(near);
    // A write is what finds out on every platform: it fails on a reset connection, and not on one that was ended.
    far.write("x");
    await closed(far);
    expect(far.errored).toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) });
  });

  it.each([0, 1, 2])("closes the socket for good while it is being ended, %i turns before", async (turns) => {
    const { near, far, openAtFar } = await connected();
    far.resume();
    near.end("bye");
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    resetSocket(near);
    resetSocket(near);
    await closed(near);
    far.write("x");
    await closed(far);
    expect(await openAtFar()).toBe(0);
  });
});
