import { type Message, request } from "@x/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pair } from "../../test-support/client-pair.js";
import { cut, reconnect } from "../../test-support/loopback-host.js";
import { registration } from "../../test-support/raw-requests.js";
import { network } from "../../test-support/relay-network.js";
import { memoryDirectory } from "../names/directory.js";
import { hashToken, tokenBytes } from "../names/token.js";
import { encodeLeavingNotice, type LeavingNotice } from "../protocol/leaving-notice.js";
import { startRelayService } from "./service.js";

const settle = () => vi.advanceTimersByTimeAsync(0);

/** A relay service and a client that is registered with it. */
async function registeredPair() {
  const made = pair();
  const service = startRelayService(made.relayHost);
  const client = made.start();
  await client.whenUp();
  return { ...made, service, client };
}

describe("RelayService.leave()", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("makes its clients say at once that they are down, and why", async () => {
    const { service, client } = await registeredPair();
    service.leave();
    await settle();
    expect(client).toMatchObject({
      state: "down",
      since: Date.now(),
      attempts: 1,
      lastFailure: { code: "RELAY_LEAVING", hop: "relay" },
      nextAttemptAt: Date.now() + 50,
    });
  });

  it("lets relays go on forwarding, and refuses registrations until the service ends", async () => {
    const { ask, service, client } = await registeredPair();
    service.leave();
    service.leave();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(client).toMatchObject({ state: "down", lastFailure: { code: "RELAY_LEAVING" } });
    expect(client.attempts).toBeGreaterThan(3);
    expect(await ask()).toBe("HELLO");
    expect(service.list()).toMatchObject([{ name: "n3", state: "up" }]);
  });

  it("has clients back without a lease's time when the node comes back", async () => {
    const { relayHost, ask, connection, service, client } = await registeredPair();
    service.leave();
    await settle();
    await service.close();
    cut(connection);
    expect(client).toMatchObject({ state: "down", lastFailure: { code: "CONNECTION_DOWN" } });
    startRelayService(relayHost);
    reconnect(connection.dialled, relayHost);
    await vi.advanceTimersByTimeAsync(250);
    expect(client.state).toBe("up");
    expect(await ask()).toBe("HELLO");
  });

  it("has clients back within seconds when the service alone is restarted", async () => {
    const { relayHost, ask, service, client } = await registeredPair();
    service.leave();
    await settle();
    await service.close();
    await vi.advanceTimersByTimeAsync(500);
    startRelayService(relayHost);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(client.state).toBe("up");
    expect(await ask()).toBe("HELLO");
  });

  it("still lets a client give its name back", async () => {
    const { service, client } = await registeredPair();
    service.leave();
    expect(await client.release()).toBe(true);
    expect(service.list()).toEqual([]);
  });

  it("leaves no registration behind that came while a slow directory was asked", async () => {
    const directory = memoryDirectory();
    let answer: () => void = () => {};
    const slow = {
      ...directory,
      claim: (...args: Parameters<typeof directory.claim>) =>
        new Promise<ReturnType<typeof directory.claim>>((resolve) => {
          answer = () => resolve(directory.claim(...args));
        }),
    } as typeof directory;
    const { send, service } = network({ directory: slow });
    const wish = registration({ name: "n3" });
    const reply = send(wish);
    await settle();
    service.leave();
    answer();
    expect(await reply).toMatchObject({ type: "refused", code: "RELAY_LEAVING" });
    expect(service.list()).toEqual([]);
    const other = { name: "n3", tokenHash: new Uint8Array(32), epoch: 1, sequence: 1 };
    expect(await directory.claim(other, 10_000)).toEqual({ result: "granted" });
  });
});

describe("a leaving notice", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function withNotice(change: Partial<LeavingNotice>, onwardRoute: string[] = ["forward_to_n3"]) {
    const { relayHost, start, clientHost } = pair();
    const notices: Message[] = [];
    startRelayService(relayHost);
    const client = start();
    const epoch = Date.now();
    await client.whenUp();
    const tokenHash = hashToken(tokenBytes(client.token));
    const payload = encodeLeavingNotice({ epoch, sequence: 1, tokenHash, ...change });
    clientHost.startWorker((message) => void notices.push(message), { address: "next", exposure: "network" });
    relayHost.send({ onwardRoute, payload });
    await settle();
    return { relayHost, client, notices, payload };
  }

  it("is taken from whoever knows the hash of the token and the registration in force", async () => {
    expect((await withNotice({})).client.state).toBe("down");
    expect((await withNotice({ sequence: 2 })).client.state).toBe("down");
  });

  it.each([
    ["with another hash", { tokenHash: new Uint8Array(32) }],
    ["about an earlier start", { epoch: 1 }],
    ["about an earlier request", { sequence: 0 }],
  ])("%s changes nothing", async (_what, change) => {
    expect((await withNotice(change)).client).toMatchObject({ state: "up", lastFailure: undefined });
  });

  it("that is for a worker behind the client is passed on like any message", async () => {
    const { client, notices } = await withNotice({}, ["forward_to_n3", "next"]);
    expect(client.state).toBe("up");
    expect(notices).toHaveLength(1);
  });

  it("that is forged is refused like any message whose route ends", async () => {
    const { relayHost, client } = await withNotice({ tokenHash: new Uint8Array(32) });
    const payload = encodeLeavingNotice({ epoch: 1, sequence: 1, tokenHash: new Uint8Array(32) });
    await expect(request(relayHost, ["forward_to_n3"], payload)).rejects.toMatchObject({
      code: "ROUTE_ENDED",
      hop: client.workerAddress,
    });
  });
});
