import { request } from "@x/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pair } from "../../test-support/client-pair.js";
import { connect, cut, LoopbackHost, reconnect } from "../../test-support/loopback-host.js";
import { MemoryNames } from "../../test-support/memory-names.js";
import { registration, token } from "../../test-support/raw-requests.js";
import { network } from "../../test-support/relay-network.js";
import { type RelayReport, startRelayService } from "../service/service.js";

const refused = (code: string) => expect.objectContaining({ type: "refused", code });
const registered = expect.objectContaining({ type: "registered" });
const taken = refused("RELAY_NAME_TAKEN");
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Another connection to the relay's host, which asks for the name with another token. */
function thiefAt(relayHost: LoopbackHost, via: ReturnType<typeof network>["via"]) {
  const ask = via(connect(new LoopbackHost(), relayHost).dialled);
  return () => ask(registration({ name: "n3", token: token(2), epoch: 9 }));
}

/** A service with a name that its owner holds for so long. */
async function held(forMs: number, options: Parameters<typeof network>[0] = {}) {
  const made = network(options);
  const send = made.send;
  for (let sequence = 1; sequence <= 1 + forMs / (5 * minuteMs); sequence += 1) {
    expect(await send(registration({ name: "n3", sequence, leaseMs: 10 * minuteMs }))).toEqual(registered);
    await pass(Math.min(forMs, 5 * minuteMs));
  }
  return { ...made, thief: thiefAt(made.relayHost, made.via) };
}

describe("a relay's name while its owner is away", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is free 10 s after the connection went, not before, when it was held for less than 10 minutes", async () => {
    const { accepted, thief, service } = await held(4 * minuteMs);
    accepted.become("gone");
    await pass(9_900);
    expect(await thief()).toEqual(taken);
    expect(service.list()).toMatchObject([{ state: "down" }]);
    await pass(1_100);
    expect(service.list()).toEqual([]);
    expect(await thief()).toEqual(registered);
  });

  it("stays the owner's for 24 h when it was held for 10 minutes, and costs no worker after its lease", async () => {
    const { accepted, thief, service, relayHost } = await held(11 * minuteMs);
    accepted.become("gone");
    await pass(10 * minuteMs + 1_000);
    expect(service.list()).toEqual([]);
    expect(service.keptNames).toBe(1);
    expect(relayHost.workers.has("forward_to_n3")).toBe(false);
    await pass(23 * hourMs);
    expect(await thief()).toEqual(taken);
    await pass(hourMs);
    expect(service.keptNames).toBe(0);
    expect(await thief()).toEqual(registered);
  });

  it("is the owner's again at once when he comes back, and is kept again when he leaves", async () => {
    const { accepted, thief, service, relayHost, via } = await held(11 * minuteMs);
    accepted.become("gone");
    await pass(20 * hourMs);
    const back = connect(new LoopbackHost(), relayHost);
    expect(await via(back.dialled)(registration({ name: "n3", epoch: 2 }))).toEqual(registered);
    expect(service.list()).toMatchObject([{ name: "n3", state: "up" }]);
    back.accepted.become("gone");
    await pass(20 * hourMs);
    expect(await thief()).toEqual(taken);
  });

  it("is kept too when the owner went silent on a connection that lives on", async () => {
    const { thief, service } = await held(11 * minuteMs);
    await pass(11 * minuteMs);
    expect(service.list()).toEqual([]);
    expect(await thief()).toEqual(taken);
  });

  it("stays the owner's after close() of the client, and is anybody's after release()", async () => {
    const { relayHost, start, connection } = pair();
    startRelayService(relayHost);
    const first = start();
    await first.whenUp();
    await pass(11 * minuteMs);
    await first.close();
    cut(connection);
    await pass(hourMs);
    reconnect(connection.dialled, relayHost);
    const thief = start();
    await pass(0);
    expect(thief).toMatchObject({ state: "down", lastFailure: { code: "RELAY_NAME_TAKEN" } });
    const owner = start({ token: first.token });
    await owner.whenUp();
    expect(await owner.release()).toBe(true);
    await pass(10_000);
    expect(thief.state).toBe("up");
  });

  it("can be given back by an owner whose relay has ended", async () => {
    const { thief, send, service } = await held(11 * minuteMs);
    await pass(hourMs);
    const release = { type: "release", name: "n3", epoch: 1, sequence: 99, token: token(1) } as const;
    await send({ ...release, token: token(2) });
    expect(service.keptNames).toBe(1);
    await send(release);
    expect(service.keptNames).toBe(0);
    expect(await thief()).toEqual(registered);
  });

  it("gives way when there are too many: the oldest of the network that has most", async () => {
    const remotes = new Map<string, string>();
    const limits = { maxKeptNames: 3 };
    const { relayHost, service, via } = network({ limits, sourceOf: (worker) => remotes.get(worker) });
    const come = async (name: string, remote: string) => {
      const link = connect(new LoopbackHost(), relayHost);
      remotes.set(link.accepted.address, remote);
      const ask = via(link.dialled);
      await ask(registration({ name, leaseMs: 10 * minuteMs }));
      await pass(9 * minuteMs);
      await ask(registration({ name, sequence: 2, leaseMs: 10 * minuteMs }));
      await pass(2 * minuteMs);
      await ask(registration({ name, sequence: 3, leaseMs: 10_000 }));
      link.accepted.become("gone");
      await pass(20_000);
    };
    const stranger = via(connect(new LoopbackHost(), relayHost).dialled);
    const isKept = async (name: string) =>
      (await stranger(registration({ name, token: token(7) }))).type === "refused";
    for (const [name, remote] of [
      ["victim", "tcp#10.9.9.9:1"],
      ["a", "tcp#10.0.0.1:1"],
      ["b", "tcp#10.0.0.2:1"],
      ["c", "tcp#10.0.0.3:1"],
    ] as const) {
      await come(name, remote);
    }
    expect(service.keptNames).toBe(3);
    expect(await Promise.all(["victim", "a", "b", "c"].map(isKept))).toEqual([true, false, true, true]);
  });
});

describe("a relay's name over a restart of the service", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A service that was killed, or closed, and another in its place. */
  async function restarted(forMs: number, end: "killed" | "closed", downMs = 0) {
    const names = new MemoryNames();
    const { accepted, service } = await held(forMs, { names });
    await pass(1_000);
    const { text } = names;
    accepted.become("gone");
    await service.close();
    // What a killed process would have written at its end is not there.
    if (end === "killed") names.text = text;
    await pass(downMs);
    const after = network({ names });
    return { ...after, names, thief: thiefAt(after.relayHost, after.via) };
  }

  it.each(["killed", "closed"] as const)(
    "is no thief's who comes first after it was %s, 5 of 5",
    async (end) => {
      for (let round = 0; round < 5; round += 1) {
        const { thief, send, service } = await restarted(11 * minuteMs, end);
        expect(await thief()).toEqual(taken);
        await pass(20 * hourMs);
        expect(await thief()).toEqual(taken);
        expect(await send(registration({ name: "n3", epoch: 2 }))).toEqual(registered);
        await service.close();
      }
    },
  );

  it("waits 10 s for the owner of a new name", async () => {
    const { thief } = await restarted(0, "killed");
    await pass(9_900);
    expect(await thief()).toEqual(taken);
    await pass(1_100);
    expect(await thief()).toEqual(registered);
  });

  it("does not count the time in which nobody could come back", async () => {
    const { thief } = await restarted(11 * minuteMs, "killed", 48 * hourMs);
    expect(await thief()).toEqual(taken);
    await pass(24 * hourMs + 1_000);
    expect(await thief()).toEqual(registered);
  });

  it("counts how long the owner was away before, and believes no time to come", async () => {
    const names = new MemoryNames();
    const saved = {
      name: "n3",
      tokenHash: "ab".repeat(32),
      epoch: 1,
      sequence: 1,
      hasSettled: true,
      network: "",
    };
    const awaySince = Date.now() - 23 * hourMs;
    const ahead = Date.now() + 99 * hourMs;
    names.text = JSON.stringify([
      { ...saved, awaySince },
      { ...saved, name: "n4", awaySince: ahead },
    ]);
    const { service } = network({ names });
    expect(service.keptNames).toBe(2);
    await pass(hourMs + 1_000);
    expect(service.keptNames).toBe(1);
    await pass(23 * hourMs);
    expect(service.keptNames).toBe(0);
  });

  it("knows the owner's newest start from before", async () => {
    const names = new MemoryNames();
    const before = network({ names });
    await before.send(registration({ name: "n3", epoch: 7 }));
    await before.service.close();
    const { send } = network({ names });
    expect(await send(registration({ name: "n3", epoch: 6, sequence: 9 }))).toMatchObject({
      code: "RELAY_SUPERSEDED",
      epoch: 7,
    });
  });

  it("is written down without its token, at once and once a second at most, and not for a renewal", async () => {
    const names = new MemoryNames();
    const { send } = network({ names });
    for (let index = 0; index < 50; index += 1) {
      await send(registration({ name: `n${index}` }));
      await pass(10);
    }
    expect(names.saves).toBe(1);
    await pass(1_000);
    expect(names.saves).toBe(2);
    expect(names.load()).toHaveLength(50);
    expect(names.text).not.toContain(Buffer.from(token(1)).toString("hex"));
    await send(registration({ name: "n1", sequence: 2 }));
    await pass(5_000);
    expect(names.saves).toBe(2);
  });

  it("is written down as its owner's who is there when he comes back, so that it is kept for 24 h again", async () => {
    const names = new MemoryNames();
    const { accepted, relayHost, via, service } = await held(11 * minuteMs, { names });
    accepted.become("gone");
    await pass(20 * hourMs);
    expect(names.text).toContain("awaySince");
    const { dialled } = connect(new LoopbackHost(), relayHost);
    await via(dialled)(registration({ name: "n3", sequence: 99 }));
    await pass(1_000);
    expect(names.text).not.toContain("awaySince");
    await service.close();
  });

  it("is written down less often when that takes long", async () => {
    const names = new MemoryNames();
    const save = names.save.bind(names);
    names.save = async (list) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await save(list);
    };
    const { send } = network({ names });
    for (let index = 0; index < 200; index += 1) {
      await send(registration({ name: `n${index}` }));
      await pass(100);
    }
    expect(names.saves).toBeLessThanOrEqual(2);
    await pass(11_000);
    expect(names.load()).toHaveLength(200);
  });

  it("is written down later when the store fails, and nobody is turned away meanwhile", async () => {
    const names = new MemoryNames();
    const reports: RelayReport[] = [];
    names.failure = new Error("disk full");
    const { send } = network({ names, onReport: (report) => void reports.push(report) });
    expect(await send(registration({ name: "n3" }))).toEqual(registered);
    await pass(3_500);
    expect(names.saves).toBe(4);
    expect(reports).toContainEqual({ type: "names-failed", error: names.failure });
    names.failure = undefined;
    await pass(1_000);
    expect(names.load()).toHaveLength(1);
  });

  it("is passed over when it is damaged, and a store that cannot be read stops nothing", async () => {
    const names = new MemoryNames();
    await network({ names }).send(registration({ name: "n3" }));
    await pass(1);
    const [good] = names.load() as [object];
    const bad = [null, 1, {}, { ...good, name: "n 3" }, { ...good, tokenHash: "ab" }, { ...good, epoch: -1 }];
    names.text = JSON.stringify([...bad, good]);
    expect(network({ names }).service.keptNames).toBe(1);
    names.text = "{";
    const reports: RelayReport[] = [];
    const { send } = network({ names, onReport: (report) => void reports.push(report) });
    expect(reports).toMatchObject([{ type: "names-failed" }]);
    expect(await send(registration({ name: "n3" }))).toEqual(registered);
  });

  it("answers visitors again only when the owner is back", async () => {
    const { relayHost, send } = await restarted(11 * minuteMs, "killed");
    const visit = () => request(relayHost, ["forward_to_n3", "echo"], "", { timeoutMs: 100 });
    await expect(visit()).rejects.toMatchObject({ code: "WORKER_NOT_FOUND", hop: "forward_to_n3" });
    await send(registration({ name: "n3", epoch: 2 }));
    expect(relayHost.workers.has("forward_to_n3")).toBe(true);
  });
});
