import type { Node, NodeConnection } from "@x/routing";
import { describe, expect, it } from "vitest";
import { SharedConnections } from "./shared-connections.js";

interface FakeNode extends Pick<Node, "connect"> {
  readonly open: Set<string>;
}

function fakeNode(fail = false): FakeNode {
  const open = new Set<string>();
  let count = 0;
  return {
    open,
    async connect(remote) {
      if (fail) throw new Error("no transport");
      const worker = `worker-${++count}`;
      open.add(worker);
      const close = async (): Promise<void> => void open.delete(worker);
      return { worker, remote, close } as NodeConnection;
    },
  };
}

describe("SharedConnections", () => {
  const hop = "tcp#127.0.0.1:7000";

  it("opens one connection for all who hold it at once, and closes it with the last", async () => {
    const node = fakeNode();
    const shared = new SharedConnections(node);
    const [a, b] = await Promise.all([shared.hold([hop, "relay"]), shared.hold([hop, "outlet"])]);
    expect([a.route, b.route]).toEqual([
      ["worker-1", "relay"],
      ["worker-1", "outlet"],
    ]);
    expect(shared.isHeld("worker-1")).toBe(true);
    await a.release();
    await a.release();
    expect(node.open.size).toBe(1);
    await b.release();
    expect(node.open.size).toBe(0);
    expect(shared.isHeld("worker-1")).toBe(false);
    const again = await shared.hold([hop]);
    expect(again.route).toEqual(["worker-2"]);
  });

  it("leaves a route that begins at a worker as it is", async () => {
    const node = fakeNode();
    const { route, release } = await new SharedConnections(node).hold(["abc", "outlet"]);
    expect(route).toEqual(["abc", "outlet"]);
    await release();
    expect(node.open.size).toBe(0);
  });

  it("knows of the workers that routes begin with, until the last of them is let go", async () => {
    const shared = new SharedConnections(fakeNode());
    const [a, b] = await Promise.all([shared.hold(["abc", "outlet"]), shared.hold(["abc", "relay"])]);
    expect(shared.isHeld("abc")).toBe(true);
    await a.release();
    await a.release();
    expect(shared.isHeld("abc")).toBe(true);
    await b.release();
    expect(shared.isHeld("abc")).toBe(false);
  });

  it("holds nothing when connecting fails", async () => {
    const shared = new SharedConnections(fakeNode(true));
    await expect(shared.hold([hop])).rejects.toThrow("no transport");
    await expect(shared.hold([hop])).rejects.toThrow("no transport");
  });
});
