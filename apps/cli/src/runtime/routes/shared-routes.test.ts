import type { Route } from "@x/core";
import type { Node, NodeConnection } from "@x/routing";
import type { KeptChannel } from "@x/secure-channel";
import { describe, expect, it } from "vitest";
import type { NodeChannels } from "../trust/node-channels.js";
import { SharedRoutes } from "./shared-routes.js";

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

interface FakeChannels extends Pick<NodeChannels, "keep" | "close"> {
  /** What is open, as `route, beneath`. */
  readonly open: Map<string, Route>;
}

function fakeChannels(): FakeChannels {
  const open = new Map<string, Route>();
  let count = 0;
  return {
    open,
    async keep({ route, given }) {
      const address = `channel-${++count}`;
      open.set(address, route);
      return { channel: { address, state: "up" } as KeptChannel, given };
    },
    close: async ({ channel }) => void open.delete(channel.address),
  };
}

describe("SharedRoutes", () => {
  const hop = "tcp#127.0.0.1:7000";

  it("opens one connection for all who hold it at once, and closes it with the last", async () => {
    const node = fakeNode();
    const shared = new SharedRoutes(node, fakeChannels());
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
    const { route, release } = await new SharedRoutes(node, fakeChannels()).hold(["abc", "outlet"]);
    expect(route).toEqual(["abc", "outlet"]);
    await release();
    expect(node.open.size).toBe(0);
  });

  it("knows of the workers that routes begin with, until the last of them is let go", async () => {
    const shared = new SharedRoutes(fakeNode(), fakeChannels());
    const [a, b] = await Promise.all([shared.hold(["abc", "outlet"]), shared.hold(["abc", "relay"])]);
    expect(shared.isHeld("abc")).toBe(true);
    await a.release();
    await a.release();
    expect(shared.isHeld("abc")).toBe(true);
    await b.release();
    expect(shared.isHeld("abc")).toBe(false);
  });

  it("opens one channel for all who hold it, over one connection, and closes both with the last", async () => {
    const [node, channels] = [fakeNode(), fakeChannels()];
    const shared = new SharedRoutes(node, channels);
    const route = [hop, "forward_to_n3", "secure#api", "outlet"];
    const [a, b] = await Promise.all([shared.hold(route), shared.hold([...route.slice(0, 3), "echo"])]);
    expect([a.route, b.route]).toEqual([
      ["channel-1", "outlet"],
      ["channel-1", "echo"],
    ]);
    expect([...channels.open]).toEqual([["channel-1", ["worker-1", "forward_to_n3", "api"]]]);
    expect([1, 2, 3, 4].map((hops) => a.prefix(hops))).toEqual([
      ["worker-1"],
      ["worker-1", "forward_to_n3"],
      ["channel-1"],
      ["channel-1", "outlet"],
    ]);
    expect(shared.isHeld("channel-1")).toBe(true);
    await a.release();
    expect(channels.open.size).toBe(1);
    await b.release();
    expect([channels.open.size, node.open.size]).toEqual([0, 0]);
    expect(shared.isHeld("channel-1")).toBe(false);
  });

  it("opens a channel within a channel, and one on its own node", async () => {
    const [node, channels] = [fakeNode(), fakeChannels()];
    const shared = new SharedRoutes(node, channels);
    const held = await shared.hold([hop, "secure#api", "forward_to_n3", "secure#api", "outlet"]);
    expect(held.route).toEqual(["channel-2", "outlet"]);
    expect([...channels.open.values()]).toEqual([
      ["worker-1", "api"],
      ["channel-1", "forward_to_n3", "api"],
    ]);
    expect([1, 2, 3, 4, 5].map((hops) => held.prefix(hops))).toEqual([
      ["worker-1"],
      ["channel-1"],
      ["channel-1", "forward_to_n3"],
      ["channel-2"],
      ["channel-2", "outlet"],
    ]);
    await held.release();
    await held.release();
    expect([channels.open.size, node.open.size]).toEqual([0, 0]);
    expect((await shared.hold(["secure#api"])).route).toEqual(["channel-3"]);
    expect(channels.open.get("channel-3")).toEqual(["api"]);
  });

  it("holds nothing when connecting fails", async () => {
    const shared = new SharedRoutes(fakeNode(true), fakeChannels());
    await expect(shared.hold([hop])).rejects.toThrow("no transport");
    await expect(shared.hold([hop])).rejects.toThrow("no transport");
  });
});
