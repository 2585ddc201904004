import type { Connection, CulvertError, Transport } from "@x/core";
import { describe, expect, it } from "vitest";
import { type MemoryLink, MemoryNetwork, type MemoryOptions, memory } from "./index.js";

interface End {
  readonly connection: Connection;
  readonly frames: string[];
  readonly closed: Promise<CulvertError | undefined>;
}

/** Starts a connection and keeps what arrives, as text. */
function record(connection: Connection): End {
  const frames: string[] = [];
  const closed = new Promise<CulvertError | undefined>((resolve) => {
    connection.start({
      onFrame: (frame) => {
        frames.push(new TextDecoder().decode(frame));
        return undefined;
      },
      onClose: resolve,
    });
  });
  return { connection, frames, closed };
}

async function pair(
  network: MemoryNetwork,
  options: Omit<MemoryOptions, "network"> = {},
): Promise<{ near: End; far: End; link: MemoryLink }> {
  const transport: Transport = memory({ ...options, network });
  const accepted: Connection[] = [];
  const listener = await transport.listen("", { onConnection: (connection) => accepted.push(connection) });
  const dialled = await transport.dial(listener.where);
  const link = network.links(listener.where)[0];
  if (link === undefined || accepted[0] === undefined) throw new Error("no link");
  return { near: record(dialled), far: record(accepted[0]), link };
}

const text = (...words: string[]): Uint8Array[] => words.map((word) => new TextEncoder().encode(word));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("memory()", () => {
  it("carries frames both ways", async () => {
    const { near, far } = await pair(new MemoryNetwork());
    void near.connection.send(text("he", "llo"));
    void far.connection.send(text("hi"));
    await near.connection.close();
    expect(await far.closed).toBeUndefined();
    expect(far.frames).toEqual(["hello"]);
    expect(await near.closed).toBeUndefined();
  });

  it("refuses a dial to a name on which nobody listens", async () => {
    await expect(memory({ network: new MemoryNetwork() }).dial("n2")).rejects.toMatchObject({
      code: "CONNECTION_REFUSED",
    });
  });

  it("shares one network in the process by default", async () => {
    await using listener = await memory().listen("", {
      onConnection: (connection) => void record(connection),
    });
    await using connection = await memory().dial(listener.where);
    expect(connection.remoteWhere).toBe(listener.where);
  });
});

describe("MemoryLink", () => {
  it("break() closes both ends with CONNECTION_RESET", async () => {
    const { near, far, link } = await pair(new MemoryNetwork());
    link.break();
    expect(await near.closed).toMatchObject({ code: "CONNECTION_RESET" });
    expect(await far.closed).toMatchObject({ code: "CONNECTION_RESET" });
  });

  it("block() makes the sender wait and unblock() lets everything go", async () => {
    const { near, far, link } = await pair(new MemoryNetwork(), { softQueueBytes: 100 });
    link.toListener.block();
    expect(near.connection.send(text("one"))).toBeUndefined();
    const room = near.connection.send(text("two"));
    await turn();
    expect(far.frames).toEqual([]);
    link.unblock();
    await room;
    expect(far.frames).toEqual(["one", "two"]);
  });

  it("cut() drops everything, so that the peer does not hear of the close", async () => {
    const { near, far, link } = await pair(new MemoryNetwork());
    link.cut();
    void near.connection.send(text("lost"));
    await near.connection.close();
    await turn();
    expect(far.frames).toEqual([]);
    expect(link.accepted.send(text("still open"))).toBeUndefined();
    link.break();
    expect(await far.closed).toMatchObject({ code: "CONNECTION_RESET" });
  });
});
