import { describe, expect, it } from "vitest";
import { connect, LoopbackHost } from "../../test-support/loopback-host.js";
import { registration } from "../../test-support/raw-requests.js";
import { network } from "../../test-support/relay-network.js";

const exceeded = expect.objectContaining({ type: "refused", code: "RELAY_SOURCE_LIMIT_EXCEEDED" });
const registered = expect.objectContaining({ type: "registered" });

/** A service that knows where connections come from, and connections that come from there. */
function service(limits: Parameters<typeof network>[0] & object = {}) {
  const remotes = new Map<string, string>();
  const made = network({ ...limits, sourceOf: (connection) => remotes.get(connection) });
  const from = (remote: string) => {
    const link = connect(new LoopbackHost(), made.relayHost);
    remotes.set(link.accepted.address, remote);
    return { ask: made.via(link.dialled), accepted: link.accepted };
  };
  return { ...made, from };
}

describe("startRelayService() and many connections of one source", () => {
  it("limits the relays of a host, over whatever transport and connections, on loopback too", async () => {
    const { from } = service({ limits: { maxRelaysPerHost: 2 } });
    expect(await from("tcp#127.0.0.1:1").ask(registration({ name: "a" }))).toEqual(registered);
    expect(await from("udp#127.0.0.1:2").ask(registration({ name: "b" }))).toEqual(registered);
    expect(await from("tcp#127.0.0.1:3").ask(registration({ name: "c" }))).toEqual(exceeded);
    expect(await from("tcp#127.0.0.2:3").ask(registration({ name: "c" }))).toEqual(registered);
  });

  it("limits the relays of a network", async () => {
    const { from } = service({ limits: { maxRelaysPerNetwork: 2 } });
    expect(await from("tcp#[2001:db8:0:100::1]:1").ask(registration({ name: "a" }))).toEqual(registered);
    expect(await from("tcp#[2001:db8:0:2aa::1]:1").ask(registration({ name: "b" }))).toEqual(registered);
    expect(await from("tcp#[2001:db8:0:3bb::1]:1").ask(registration({ name: "c" }))).toEqual(exceeded);
    expect(await from("tcp#[2001:db8:1:100::1]:1").ask(registration({ name: "c" }))).toEqual(registered);
  });

  it("lets an owner renew and come back where nobody new may come, and counts those who leave out", async () => {
    const { from } = service({ limits: { maxRelaysPerHost: 1 } });
    const first = from("tcp#10.0.0.1:1");
    await first.ask(registration({ name: "a" }));
    expect(await first.ask(registration({ name: "a", sequence: 2 }))).toEqual(registered);
    const again = from("tcp#10.0.0.1:2");
    expect(await again.ask(registration({ name: "a", epoch: 2 }))).toEqual(registered);
    expect(await from("tcp#10.0.0.1:3").ask(registration({ name: "b" }))).toEqual(exceeded);
    expect(await from("tcp#10.0.9.1:3").ask(registration({ name: "a", epoch: 3 }))).toEqual(registered);
    expect(await from("tcp#10.0.0.1:3").ask(registration({ name: "b" }))).toEqual(registered);
    expect(await first.ask(registration({ name: "a", epoch: 4 }))).toEqual(exceeded);
  });

  it("leaves 14 in 16 relays of a node to others when one source takes what it gets", async () => {
    const { from, service: relays } = service();
    const refusals: unknown[] = [];
    for (let connection = 0; connection < 64; connection += 1) {
      const { ask } = from(`tcp#10.0.0.${connection}:1`);
      for (let index = 0; index < 256; index += 1) {
        const reply = await ask(registration({ name: `s${connection}-${index}` }));
        if (reply.type === "refused") refusals.push(reply.code);
      }
    }
    expect(relays.list()).toHaveLength(2_048);
    expect(new Set(refusals)).toEqual(new Set(["RELAY_SOURCE_LIMIT_EXCEEDED"]));
    expect(await from("tcp#10.0.1.1:1").ask(registration({ name: "honest" }))).toEqual(registered);
    await relays.close();
  });
});
