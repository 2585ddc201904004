import { request } from "@x/core";
import { startUppercase } from "@x/routing";
import { describe, expect, it } from "vitest";
import { closing, place } from "../test-support/nodes.js";
import { TestIdentity, trusting } from "../test-support/test-identity.js";
import { type KeptChannel, onlyIdentifiers } from "./index.js";
import { keepChannel, startChannelListener } from "./node.js";

const route = ["memory#far", "api"];

function ends() {
  const { node } = place();
  const [near, far] = [node(), node()];
  startUppercase(far, { address: "uppercase", exposure: "network" });
  return { near, far };
}

/** Resolves when the channel is as it should be; the test's own time is the limit. */
async function until(channel: KeptChannel, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    expect(channel.state).not.toBe("closed");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("keepChannel()", () => {
  it("has an address at once, and opens when the listener comes", async () => {
    const { near, far } = ends();
    const channel = closing(keepChannel(near.own, route, trusting(new TestIdentity())));
    expect(channel).toMatchObject({ state: "down", peer: undefined });
    const early = request(near, [channel.address, "uppercase"], "hello");
    await expect(early).rejects.toMatchObject({ code: "WORKER_DOWN", hop: channel.address });
    const identity = new TestIdentity();
    closing(startChannelListener(far, "api", trusting(identity)));
    await far.listen("memory#far");
    await until(channel, () => channel.state === "up");
    expect(channel.peer?.identifier).toBe(identity.identifier);
    expect((await request(near, [channel.address, "uppercase"], "hello")).text()).toBe("HELLO");
  });

  it("says with which code it is not wanted, and opens when it is", async () => {
    const { near, far } = ends();
    const [own, wanted] = [new TestIdentity(), new Set<string>()];
    closing(
      startChannelListener(far, "api", {
        ...trusting(new TestIdentity()),
        authorize: (peer) => onlyIdentifiers(wanted)(peer),
      }),
    );
    await far.listen("memory#far");
    const channel = closing(keepChannel(near.own, route, trusting(own)));
    await until(channel, () => channel.lastFailure !== undefined);
    expect(channel.lastFailure).toMatchObject({ code: "CHANNEL_REFUSED" });
    const refused = request(near, [channel.address, "uppercase"], "hello");
    await expect(refused).rejects.toMatchObject({ code: "CHANNEL_REFUSED", hop: channel.address });
    wanted.add(own.identifier);
    await until(channel, () => channel.state === "up");
    expect((await request(near, [channel.address, "uppercase"], "hello")).text()).toBe("HELLO");
  });

  it("opens again when the other end ended it, and to the same identity alone", async () => {
    const { near, far } = ends();
    const identity = new TestIdentity();
    const first = startChannelListener(far, "api", trusting(identity));
    await far.listen("memory#far");
    const channel = closing(keepChannel(near.own, route, trusting(new TestIdentity())));
    await until(channel, () => channel.state === "up");
    const [peer] = first.peers();
    await first.closeChannel(peer?.channel ?? "");
    await until(channel, () => channel.lastFailure !== undefined);
    await until(channel, () => channel.state === "up");
    expect((await request(near, [channel.address, "uppercase"], "hello")).text()).toBe("HELLO");
    await first.close();
    const other = startChannelListener(far, "api", trusting(new TestIdentity()));
    await until(channel, () => channel.lastFailure?.code === "IDENTITY_CHANGED");
    expect(channel.state).toBe("down");
    const changed = request(near, [channel.address, "uppercase"], "hello");
    await expect(changed).rejects.toMatchObject({ hop: channel.address });
    await other.close();
    closing(startChannelListener(far, "api", trusting(identity)));
    await until(channel, () => channel.state === "up");
  }, 60_000);
});
