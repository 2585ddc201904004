import { type Message, request } from "@x/core";
import { startUppercase } from "@x/routing";
import { udp } from "@x/transport-udp";
import { describe, expect, it, vi } from "vitest";
import { closing, node, place } from "../test-support/nodes.js";
import { trusting } from "../test-support/test-identity.js";
import { openChannel, startChannelListener } from "./node.js";

/** How many altered messages: 100,000 with CULVERT_MUTATIONS=100000. */
const mutations = Number(process.env.CULVERT_MUTATIONS ?? 3_000);

/** A number generator that gives the same numbers in every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Bytes altered in one of the ways of those who do not have the keys. */
function mutate(
  bytes: Uint8Array,
  others: readonly Uint8Array[],
  below: (limit: number) => number,
): Uint8Array {
  const other = others[below(others.length)] as Uint8Array;
  const at = below(bytes.length);
  switch (below(6)) {
    case 0:
      return new Uint8Array(bytes).with(at, below(256));
    case 1:
      return bytes.slice(0, at);
    case 2:
      return Buffer.concat([bytes, other.subarray(0, below(100))]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(Math.min(at, other.length))]);
    case 4:
      return new Uint8Array(bytes).with(0, 1 + below(6));
    default:
      return new Uint8Array(bytes).fill(below(256), at, at + below(32));
  }
}

describe("a channel among altered handshakes and records", () => {
  it(`takes ${mutations} of them: no crash, no state left, at a bounded cost`, async () => {
    const network = place();
    const [near, relay, far] = [network.node(), network.node(), network.node()];
    await relay.listen("memory#relay");
    await far.listen("memory#far");
    const { worker: toFar } = await relay.connect("memory#far", { admit: true });
    const seen: { readonly bytes: Uint8Array; readonly route: readonly string[] }[] = [];
    const spy = (returnRoute: readonly string[]) => (message: Message) => {
      if (seen.length < 60) {
        seen.push({ bytes: new Uint8Array(message.payload), route: message.onwardRoute });
      }
      return message.forward({ returnRoute: [...returnRoute, ...message.returnRoute] });
    };
    relay.startWorker(spy(["back"]), { address: "there", exposure: "network" });
    relay.startWorker(spy([]), { address: "back", exposure: "network" });
    const limits = { handshakeTimeoutMs: 500, openTimeoutMs: 20_000 };
    const listener = startChannelListener(far, "api", { ...trusting(), limits });
    startUppercase(far, { exposure: "network" });
    const open = () =>
      openChannel(near.own, ["memory#relay", "there", toFar, "api"], { ...trusting(), limits });
    const channel = closing(await open());
    await channel.renew();
    for (let index = 0; index < 10; index++)
      await request(near, [channel.address, "uppercase"], `no ${index}`);
    expect(seen.length).toBeGreaterThan(30);
    const workers = [near, far].map((each) => each.workers().length);

    const below = seeded(15);
    const all = seen.map(({ bytes }) => bytes);
    const cpu = process.cpuUsage();
    let answers = 0;
    const sink = relay.startWorker(() => void answers++, { exposure: "network" });
    for (let index = 0; index < mutations; index++) {
      const { bytes, route } = seen[below(seen.length)] as (typeof seen)[number];
      const returnRoute = [sink.address];
      await relay.send({ onwardRoute: route, returnRoute, payload: mutate(bytes, all, below) });
      expect(listener.halfOpen).toBeLessThanOrEqual(16);
      if (index % 100 === 0) await new Promise(setImmediate);
    }
    const { user, system } = process.cpuUsage(cpu);
    // They got there: hellos that were left whole, and records of sessions that nobody knows, are answered.
    expect(answers).toBeGreaterThan(0);
    expect((user + system) / 1_000 / mutations).toBeLessThan(2);

    expect((await request(near, [channel.address, "uppercase"], "alive")).text()).toBe("ALIVE");
    await vi.waitFor(() => expect(listener.halfOpen).toBe(0), 5_000);
    expect(listener.peers()).toHaveLength(1);
    await vi.waitFor(() => expect([near, far].map((each) => each.workers().length)).toEqual(workers), 5_000);
    // The rate of handshakes of the relay's connection is used up, and fills again.
    const other = closing(await open());
    expect((await request(near, [other.address, "uppercase"], "new")).text()).toBe("NEW");
  }, 1_000_000);
});

describe("a channel over UDP", () => {
  it("carries what fits into a frame, and says of what does not that it is too large", async () => {
    const [near, far] = [node({ transports: [udp()] }), node({ transports: [udp()] })];
    const { address } = await far.listen("udp#127.0.0.1:0");
    startChannelListener(far, "api", trusting());
    startUppercase(far, { exposure: "network" });
    const channel = closing(await openChannel(near.own, [address, "api"], trusting()));
    const text = "x".repeat(30_000);
    expect((await request(near, [channel.address, "uppercase"], text)).text()).toBe(text.toUpperCase());
    await expect(request(near, [channel.address, "uppercase"], "x".repeat(100_000))).rejects.toMatchObject({
      code: "MESSAGE_TOO_LARGE",
      hop: channel.address,
    });
    await channel.renew();
    expect((await request(near, [channel.address, "uppercase"], "small")).text()).toBe("SMALL");
  });
});
