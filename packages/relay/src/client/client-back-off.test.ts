import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pair } from "../../test-support/client-pair.js";
import { hashToken, tokenBytes } from "../names/token.js";
import { encodeLeavingNotice } from "../protocol/leaving-notice.js";
import { decodeRelayRequest, encodeRelayReply, type RelayReply } from "../protocol/relay-message.js";

const address = "forward_to_n3";

describe("startRelayClient() at a service that means no good", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(async () => {
    // What a test left under way would otherwise set a timer of the next test's clock.
    await vi.advanceTimersByTimeAsync(0);
    vi.useRealTimers();
  });

  /** How many requests a client sends in 10 minutes to a service that answers so, with waits as short as chance allows. */
  async function requests(answer: (epoch: number) => RelayReply | Uint8Array, random = 0): Promise<number> {
    const { relayHost, start, connection, clientHost } = pair();
    let asked = 0;
    relayHost.startWorker(
      async (message) => {
        asked += 1;
        if (asked > 100_000) throw new Error("tight loop");
        const { epoch } = decodeRelayRequest(message.payload);
        const reply = answer(epoch);
        await message.reply(reply instanceof Uint8Array ? reply : encodeRelayReply(reply));
      },
      { address: "relay", exposure: "network" },
    );
    // Chance is seldom so kind twice: four of five waits are of middle length.
    let waits = 0;
    const client = start({ random: () => (waits++ % 5 === 0 ? random : 0.5) });
    await vi.advanceTimersByTimeAsync(600_000);
    await client.close();
    expect([...clientHost.failures, ...relayHost.failures]).toEqual([]);
    expect(connection.dialled.carried.length).toBeGreaterThanOrEqual(asked);
    return asked;
  }

  const refusedWith = (
    code: "RELAY_SUPERSEDED" | "RELAY_NAME_TAKEN" | "NODE_CLOSED" | "RELAY_LEAVING",
    epoch = 0,
  ) => ({ type: "refused", code, reason: "no", epoch }) as const;

  it.each<[string, (epoch: number) => RelayReply | Uint8Array]>([
    ["that a later start has the name, always", (epoch) => refusedWith("RELAY_SUPERSEDED", epoch + 1)],
    ["that the same start has the name, always", (epoch) => refusedWith("RELAY_SUPERSEDED", epoch)],
    ["that the last start there can be has the name", () => refusedWith("RELAY_SUPERSEDED", 2 ** 53 - 1)],
    ["that the name is taken", () => refusedWith("RELAY_NAME_TAKEN")],
    ["that a node is closed", () => refusedWith("NODE_CLOSED")],
    ["that it is leaving", () => refusedWith("RELAY_LEAVING")],
    ["a lease of no time", () => ({ type: "registered", address, leaseMs: 0 })],
    ["what answers another request", () => ({ type: "released" })],
    ["garbage", () => Buffer.from("garbage")],
  ])("asks it less than once a second when it answers %s", async (_what, answer) => {
    const asked = await requests(answer);
    expect(asked).toBeGreaterThan(30);
    expect(asked).toBeLessThan(500);
  });

  it("asks it less than once a second when it grants the name and says that it leaves, for ever", async () => {
    const { relayHost, start } = pair();
    let asked = 0;
    const client = start({ random: () => 0.5 });
    const tokenHash = hashToken(tokenBytes(client.token));
    relayHost.startWorker(
      (message) => {
        asked += 1;
        const request = decodeRelayRequest(message.payload);
        void message.reply(encodeRelayReply({ type: "registered", address, leaseMs: 60_000 }));
        const notice = encodeLeavingNotice({ ...request, tokenHash });
        const onwardRoute = [...message.returnRoute.slice(0, -1), client.workerAddress];
        // Late enough that the client knows its name granted.
        setTimeout(() => relayHost.send({ onwardRoute, payload: notice }), 5);
      },
      { address: "relay", exposure: "network" },
    );
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked).toBeGreaterThan(30);
    expect(asked).toBeLessThan(500);
    await client.close();
  });
});
