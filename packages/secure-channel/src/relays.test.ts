import { request } from "@x/core";
import { type RelayServiceOptions, startRelayClient, startRelayService } from "@x/relay";
import { type Node, startUppercase } from "@x/routing";
import { describe, expect, it, vi } from "vitest";
import { closing, place } from "../test-support/nodes.js";
import { TestIdentity, trusting } from "../test-support/test-identity.js";
import { channelPeer } from "./index.js";
import { keepChannel, openChannel, startChannelListener } from "./node.js";

const limits = { resendMs: 50, pingAfterMs: 500, pongTimeoutMs: 800, handshakeTimeoutMs: 1_500 };
const relayIdentity = new TestIdentity();

/** A relay's node that takes registrations through its listener `api` alone. */
async function startRelay(node: () => Node, options: RelayServiceOptions = {}) {
  const relay = node();
  const service = startRelayService(relay, {
    ownerOf: (origin) => origin.fact(channelPeer)?.identifier,
    wayTo: (origin) => origin.fact(channelPeer)?.wayBack,
    access: (origin) => origin.fact(channelPeer) !== undefined,
    ...options,
  });
  closing(startChannelListener(relay, "api", { ...trusting(relayIdentity), limits }));
  await relay.listen("memory#relay");
  return { relay, service };
}

/** A node that registers as `n3` through a channel to the relay, over so many nodes in between. */
async function registered(node: () => Node, between = 0) {
  const far = node();
  const identity = new TestIdentity();
  let route = ["memory#relay", "api"];
  for (let index = 0; index < between; index++) {
    const middle = node();
    await middle.listen(`memory#middle${index}`);
    const { worker } = await middle.connect(route[0] ?? "", { admit: true, keep: true });
    route = [`memory#middle${index}`, worker, ...route.slice(1)];
  }
  const { worker } = await far.connect(route[0] ?? "", { keep: true });
  const channel = closing(keepChannel(far, [worker, ...route.slice(1)], { ...trusting(identity), limits }));
  const client = closing(startRelayClient(far, { route: [channel.address, "relay"], name: "n3" }));
  await client.whenUp(AbortSignal.timeout(10_000));
  return { far, identity, channel, client };
}

describe("a relay that is registered through a channel", () => {
  it.each([0, 1])(
    "is reached from outside, by what is sealed and what is not, over %i nodes between",
    async (between) => {
      const { node } = place();
      const { service } = await startRelay(node);
      const { far, identity } = await registered(node, between);
      expect(service.list()).toMatchObject([{ name: "n3", owner: identity.identifier, state: "up" }]);
      // One worker that says who asks.
      far.startWorker(
        (message) => void message.reply(message.origin.fact(channelPeer)?.identifier ?? "nobody"),
        {
          address: "who",
          exposure: "network",
        },
      );
      closing(startChannelListener(far, "api", { ...trusting(), limits }));
      const visitor = node();
      const { worker } = await visitor.connect("memory#relay");
      const route = [worker, "forward_to_n3"];
      // What the relay passes on is from a stranger: it does not speak in the relay's name.
      expect((await request(visitor, [...route, "who"], "")).text()).toBe("nobody");
      const own = new TestIdentity();
      const channel = closing(await openChannel(visitor, [...route, "api"], { ...trusting(own), limits }));
      expect((await request(visitor, [channel.address, "who"], "")).text()).toBe(own.identifier);
    },
  );

  it("is refused to whoever comes without a channel, and to another identity", async () => {
    const { node } = place();
    await startRelay(node);
    const { client } = await registered(node);
    const other = node();
    const { worker } = await other.connect("memory#relay");
    const bare = closing(
      startRelayClient(other, { route: [worker, "relay"], name: "n3", token: client.token }),
    );
    await vi.waitFor(() => expect(bare.lastFailure).toMatchObject({ code: "ACCESS_DENIED" }), 5_000);
    const channel = closing(await openChannel(other, [worker, "api"], { ...trusting(), limits }));
    const thief = closing(
      startRelayClient(other, { route: [channel.address, "relay"], name: "n3", token: client.token }),
    );
    await vi.waitFor(() => expect(thief.lastFailure).toMatchObject({ code: "RELAY_NAME_TAKEN" }), 5_000);
    expect(client.state).toBe("up");
  });

  it("is there again when the relay's node started again, with the same owner", async () => {
    const { network, node } = place();
    let saved: readonly unknown[] = [];
    const names = {
      load: () => saved,
      save: (given: readonly unknown[]) => {
        saved = JSON.parse(JSON.stringify(given)) as unknown[];
        return Promise.resolve();
      },
    };
    const { relay, service } = await startRelay(node, { names });
    const { far, identity, client } = await registered(node);
    startUppercase(far, { exposure: "network" });
    await service.close();
    await relay.close();
    for (const link of network.links()) link.break();
    expect(saved).toMatchObject([{ name: "n3", owner: identity.identifier }]);
    await vi.waitFor(() => expect(client.state).toBe("down"), 5_000);
    const again = await startRelay(node, { names });
    await vi.waitFor(() => expect(client.state).toBe("up"), 15_000);
    expect(again.service.list()).toMatchObject([{ name: "n3", owner: identity.identifier }]);
    const visitor = node();
    const { worker } = await visitor.connect("memory#relay");
    expect((await request(visitor, [worker, "forward_to_n3", "uppercase"], "hello")).text()).toBe("HELLO");
  }, 30_000);
});
