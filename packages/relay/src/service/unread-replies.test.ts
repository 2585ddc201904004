import { createNode, type Node } from "@x/routing";
import { MemoryNetwork, memory } from "@x/transport-memory";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ask, registration } from "../../test-support/raw-requests.js";
import { maxUnreadBytes, maxUnreadBytesPerConnection } from "../limits.js";
import { encodeRelayRequest } from "../protocol/relay-message.js";
import { type RelayReport, startRelayService } from "./service.js";
import { UnreadReplies } from "./unread-replies.js";

const nodes: Node[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close()));
});

describe("UnreadReplies", () => {
  const payload = new Uint8Array(1_000);
  const never = new Promise<void>(() => undefined);

  it("counts a reply until its connection has room or is gone", async () => {
    const unread = new UnreadReplies();
    let open = (): void => undefined;
    const isOpen = new Promise<void>((resolve) => {
      open = resolve;
    });
    unread.hold("a", { route: ["a", "b"], payload }, isOpen);
    unread.hold("b", { route: [], payload }, Promise.reject(new Error("gone")));
    expect(unread.bytes).toBeGreaterThan(2_000);
    open();
    await vi.waitFor(() => expect(unread.bytes).toBe(0));
  });

  it("has no more room for a connection that holds its share, and for all who hold more than an equal share of all", () => {
    const unread = new UnreadReplies();
    const fill = (connection: string, bytes: number): void => {
      unread.hold(connection, { route: [], payload: new Uint8Array(bytes) }, never);
    };
    fill("a", maxUnreadBytesPerConnection - 100);
    expect(unread.hasRoom("a")).toBe(true);
    fill("a", 1_000);
    expect([unread.hasRoom("a"), unread.hasRoom("b")]).toEqual([false, true]);
    for (let index = 0; unread.bytes < maxUnreadBytes; index += 1) fill(`hog${index}`, 60_000);
    expect([unread.hasRoom("hog1"), unread.hasRoom("b")]).toEqual([false, true]);
  });
});

describe("startRelayService() and a client that does not read", () => {
  it("holds a bounded part of its replies, says so, and serves the others", async () => {
    const network = new MemoryNetwork();
    const node = (): Node => {
      const made = createNode({ transports: [memory({ network })] });
      nodes.push(made);
      return made;
    };
    const relay = node();
    const reports: RelayReport[] = [];
    const limits = { maxRequestBurst: 1e6 };
    const service = startRelayService(relay, { limits, onReport: (report) => void reports.push(report) });
    await relay.listen("memory#relay");
    const deaf = node();
    const { worker } = await deaf.connect("memory#relay");
    const [link] = network.links("relay");
    link?.toDialler.block();
    const way = Array.from({ length: 40 }, () => "x".repeat(200));
    const payload = encodeRelayRequest(registration({ name: "deaf" }));
    const unread = () =>
      reports.some(
        (report) =>
          report.type === "refused" &&
          report.error.code === "RELAY_RATE_LIMIT_EXCEEDED" &&
          report.error.message.includes("not been read"),
      );
    for (let index = 0; index < 20_000 && !unread(); index += 1) {
      await deaf.send({ onwardRoute: [worker, "relay"], returnRoute: [...way, "me"], payload });
    }
    await vi.waitFor(() => expect(unread()).toBe(true), { timeout: 10_000 });
    expect(service.unreadReplyBytes).toBeGreaterThanOrEqual(maxUnreadBytesPerConnection);
    expect(service.unreadReplyBytes).toBeLessThan(2 * maxUnreadBytesPerConnection);
    const home = node();
    const connection = await home.connect("memory#relay");
    const reply = ask(home, [connection.worker, "relay"], registration({ name: "n3" }));
    expect(await reply).toMatchObject({ type: "registered" });
    link?.unblock();
    await vi.waitFor(() => expect(service.unreadReplyBytes).toBe(0), { timeout: 10_000 });
  });
});
