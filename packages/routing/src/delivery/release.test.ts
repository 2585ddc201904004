import type { Connection, ConnectionHandlers, Message, Release, Transport } from "@x/core";
import { describe, expect, it } from "vitest";
import { node } from "../../test-support/nodes.js";
import type { Node } from "../node.js";
import { startHop } from "../services/hop.js";

/** A connection that keeps what is sent and receives what the test says. */
class FakeConnection implements Connection {
  readonly localWhere = "here";
  readonly remoteWhere = "there";
  readonly sent: { frame: Buffer; release: Release | undefined }[] = [];
  handlers: ConnectionHandlers | undefined;

  start(handlers: ConnectionHandlers): void {
    this.handlers = handlers;
  }

  send(parts: readonly Uint8Array[], release?: Release): undefined {
    this.sent.push({ frame: Buffer.concat(parts), release });
  }

  close(): Promise<void> {
    this.handlers?.onClose(undefined);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A node with two connections. */
async function meeting(): Promise<{
  host: Node;
  ends: [FakeConnection, FakeConnection];
  workers: [string, string];
}> {
  const ends: [FakeConnection, FakeConnection] = [new FakeConnection(), new FakeConnection()];
  const transport: Transport = {
    name: "fake",
    capabilities: {
      reliable: true,
      ordered: true,
      maxFrameBytes: 100_000,
      dialTimeoutMs: 1_000,
      deadPeerMs: 1_000,
    },
    dial: (where) => Promise.resolve(ends[Number(where)] as Connection),
    listen: () => Promise.reject(new Error("not here")),
  };
  const host = node({ transports: [transport] });
  const first = await host.connect("fake#0", { admit: true });
  const second = await host.connect("fake#1", { admit: true });
  return { host, ends, workers: [first.worker, second.worker] };
}

describe("the release of a frame", () => {
  it.each([
    ["straight to a connection", (to: string) => [to, "far"]],
    ["by a hop", (to: string) => ["hop", to, "far"]],
  ])("goes with a message that is passed on %s", async (_how, routeTo) => {
    const { host, ends, workers } = await meeting();
    startHop(host);
    void host.own.send({ onwardRoute: [workers[0], ...routeTo(workers[1])], payload: Buffer.from("x") });
    const release = (): void => {};
    void ends[0].handlers?.onFrame(ends[0].sent[0]?.frame as Buffer, release);
    expect(ends[1].sent.map((frame) => frame.release)).toEqual([release]);
  });

  it("stays with a worker that passes the message on and may keep it", async () => {
    const { host, ends, workers } = await meeting();
    const kept: Release[] = [];
    host.startWorker(
      (message) => {
        if (message.release !== undefined) kept.push(message.release);
        void message.forward({ onwardRoute: [workers[1], "far"] });
      },
      { address: "keeper", exposure: "network" },
    );
    void host.own.send({ onwardRoute: [workers[0], "keeper"], payload: Buffer.from("x") });
    const release = (): void => {};
    void ends[0].handlers?.onFrame(ends[0].sent[0]?.frame as Buffer, release);
    expect(kept).toEqual([release]);
    expect(ends[1].sent.map((frame) => frame.release)).toEqual([undefined]);
  });
});

describe("a worker that takes parts", () => {
  /** Sends two pieces to a worker, and gives what it got, and whether the pieces were let go by then. */
  async function taken(takesParts: boolean) {
    const host = node();
    const pieces = [Buffer.from("one "), Buffer.from("two")];
    let isReleased = false;
    let got: Message | undefined;
    let wasReleased: boolean | undefined;
    host.startWorker(
      (message) => {
        got = message;
        wasReleased = isReleased;
      },
      { address: "w", takesParts },
    );
    const release = (): void => {
      isReleased = true;
    };
    void host.own.send({ onwardRoute: ["w"], payload: pieces, release });
    return { got: got as Message | undefined, wasReleased, pieces };
  }

  it("gets the very pieces that were sent, still lent", async () => {
    const { got, wasReleased, pieces } = await taken(true);
    expect(got?.parts).toHaveLength(2);
    for (const [index, piece] of pieces.entries()) expect(got?.parts?.[index]).toBe(piece);
    expect({ whole: got?.payload.length, wasReleased }).toEqual({ whole: 0, wasReleased: false });
  });

  it("is one that asks for it: others get one piece, and the rest is let go", async () => {
    const { got, wasReleased } = await taken(false);
    expect(got?.text()).toBe("one two");
    expect({ parts: got?.parts, wasReleased }).toEqual({ parts: undefined, wasReleased: true });
  });

  it("passes them on as they are", async () => {
    const host = node();
    const got: string[] = [];
    host.startWorker((message) => void message.forward(), { address: "w", takesParts: true });
    host.startWorker((message) => void got.push(message.text()), { address: "x" });
    void host.own.send({ onwardRoute: ["w", "x"], payload: [Buffer.from("one "), Buffer.from("two")] });
    expect(got).toEqual(["one two"]);
  });
});
