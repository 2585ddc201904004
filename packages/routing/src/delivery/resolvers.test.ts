import { CulvertError, type ErrorCode, type Message, request } from "@x/core";
import { describe, expect, it, vi } from "vitest";
import { node, pair, refused } from "../../test-support/nodes.js";
import { startEcho } from "../services/echo.js";

const later = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(value)));

describe("addResolver()", () => {
  it("finds the way to an address that nothing on the node has", async () => {
    const { n1, n2, toN2 } = await pair();
    startEcho(n2);
    const resolve = vi.fn((address: string) => later(address === "far_echo" ? [toN2, "echo"] : undefined));
    n1.addResolver("far_", resolve);
    const replies = await Promise.all([request(n1, ["far_echo"], "a"), request(n1, ["far_echo"], "b")]);
    expect(replies.map((reply) => reply.text())).toEqual(["a", "b"]);
    // One look-up for those who ask at the same time.
    expect(resolve).toHaveBeenCalledTimes(1);
    await expect(request(n1, ["near_echo"], "")).rejects.toEqual(refused("WORKER_NOT_FOUND", "near_echo"));
    expect(resolve).toHaveBeenCalledTimes(1);
  });

  it("asks for messages from the network too, which gain no right by it", async () => {
    const { n1, n2, toN2 } = await pair();
    startEcho(n2, { address: "closed", exposure: "local" });
    startEcho(n2);
    n2.addResolver("x", (address) => later(address === "x1" ? ["echo"] : ["closed"]));
    expect((await request(n1, [toN2, "x1"], "hi")).text()).toBe("hi");
    // The network is not told where the look-up led.
    await expect(request(n1, [toN2, "x2"], "")).rejects.toEqual(refused("HOP_REFUSED", "x2"));
    await expect(request(n2.own, ["x2"], "")).rejects.toEqual(refused("HOP_REFUSED", "closed"));
  });

  it("remembers for a while what was not found", async () => {
    const n1 = node({ limits: { notFoundMs: 30 } });
    const resolve = vi.fn(() => later(undefined));
    n1.addResolver("", resolve);
    for (let i = 0; i < 3; i++) {
      await expect(request(n1, ["nobody"], "")).rejects.toEqual(refused("WORKER_NOT_FOUND", "nobody"));
    }
    expect(resolve).toHaveBeenCalledTimes(1);
    await vi.waitFor(async () => {
      await request(n1, ["nobody"], "").catch(() => undefined);
      expect(resolve).toHaveBeenCalledTimes(2);
    });
  });

  it("waits no longer than its limit, and says with what code a look-up failed", async () => {
    const n1 = node({ limits: { lookupTimeoutMs: 20 } });
    let isGivenUp = false;
    n1.addResolver("slow", (_, signal) => {
      signal.addEventListener("abort", () => {
        isGivenUp = true;
      });
      return new Promise(() => {});
    });
    n1.addResolver("down", () => Promise.reject(new CulvertError("RELAY_LEAVING", "the directory leaves")));
    n1.addResolver("broken", () => {
      throw new Error("inside");
    });
    n1.addResolver("odd", () => later("echo" as never));
    await expect(request(n1, ["slow"], "")).rejects.toEqual(refused("ADDRESS_UNRESOLVED", "slow"));
    expect(isGivenUp).toBe(true);
    await expect(request(n1, ["down"], "")).rejects.toEqual(refused("RELAY_LEAVING", "down"));
    await expect(request(n1, ["broken"], "")).rejects.toEqual(refused("ADDRESS_UNRESOLVED", "broken"));
    await expect(request(n1, ["odd"], "")).rejects.toEqual(refused("ROUTE_INVALID", "odd"));
    expect(n1.stats().queuedBytes).toBe(0);
  });

  it("does not look again for what its answer begins with", async () => {
    const n1 = node();
    n1.addResolver("a", (address) => later([`${address}a`]));
    await expect(request(n1, ["a"], "")).rejects.toEqual(refused("WORKER_NOT_FOUND", "aa"));
  });

  it("bounds look-ups in all and by connection, and what waits for one", async () => {
    const { n1, n2, toN2 } = await pair({}, { limits: { maxLookups: 4, maxLookupsPerConnection: 2 } });
    n2.addResolver("x", () => new Promise(() => {}));
    const codes: ErrorCode[] = [];
    const worker = n1.startWorker((m: Message) => void codes.push(m.refusal?.code ?? "INTERNAL"), {
      exposure: "network",
    });
    const from = { returnRoute: [worker.address], payload: "" };
    for (const name of ["x1", "x2", "x3"]) void n1.send({ onwardRoute: [toN2, name], ...from });
    await vi.waitFor(() => expect(codes).toEqual(["WORKER_BUSY"]));
    // The other half is left for others.
    const here = n2.startWorker((m) => void codes.push(m.refusal?.code ?? "INTERNAL"), {
      exposure: "network",
    });
    for (const name of ["x4", "x5", "x6"]) {
      void n2.send({ onwardRoute: [name], returnRoute: [here.address], payload: "" });
    }
    for (let i = 0; i < 70; i++) {
      void n2.send({ onwardRoute: ["x4"], returnRoute: [here.address], payload: new Uint8Array(10) });
    }
    await vi.waitFor(() => expect(codes).toHaveLength(1 + 1 + 7));
    expect(new Set(codes)).toEqual(new Set(["WORKER_BUSY"]));
    expect(n2.stats().queuedBytes).toBeGreaterThan(66 * 256);
  });

  it("lets a look-up of the connection with most give way where there are too many", async () => {
    const { n1, n2, toN2 } = await pair({}, { limits: { maxLookups: 4, maxLookupsPerConnection: 4 } });
    const asked: string[] = [];
    const given: string[] = [];
    n2.addResolver("x", (address, signal) => {
      asked.push(address);
      signal.addEventListener("abort", () => given.push(address));
      return new Promise(() => {});
    });
    const refused: string[] = [];
    const worker = n1.startWorker((m: Message) => void refused.push(`${m.refusal?.code} ${m.refusal?.hop}`), {
      exposure: "network",
    });
    for (const name of ["x1", "x2", "x3", "x4"])
      void n1.send({ onwardRoute: [toN2, name], returnRoute: [worker.address], payload: "" });
    await vi.waitFor(() => expect(asked).toHaveLength(4));
    for (const name of ["x5", "x6", "x7"]) void n2.send({ onwardRoute: [name], payload: "" });
    expect(asked).toEqual(["x1", "x2", "x3", "x4", "x5", "x6"]);
    expect(given).toEqual(["x4", "x3"]);
    await vi.waitFor(() => expect(refused).toEqual(["WORKER_BUSY x4", "WORKER_BUSY x3"]));
  });

  it("has one resolver per prefix", () => {
    const n1 = node();
    const remove = n1.addResolver("a", () => later(undefined));
    expect(() => n1.addResolver("a", () => later(undefined))).toThrow(refused("ADDRESS_TAKEN"));
    remove();
    expect(() => n1.addResolver("a", () => later(undefined))).not.toThrow();
  });
});
