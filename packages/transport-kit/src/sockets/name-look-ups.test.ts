import { afterEach, describe, expect, it, vi } from "vitest";
import { lookUpPatienceMs, maxSystemLookUps, maxWaitingLookUps } from "../limits.js";
import { inHostsFile, type LookUpWays, NameLookUps } from "./name-look-ups.js";

const never = new Promise<never>(() => {});

afterEach(() => {
  vi.useRealTimers();
});

/** Ways that record what they are asked. */
function ways(system: (host: string) => Promise<string[]>, direct: (host: string) => Promise<string[]>) {
  const asked: string[] = [];
  const made: LookUpWays = {
    system: (host) => {
      asked.push(host);
      return system(host);
    },
    direct,
  };
  return { asked, lookUps: new NameLookUps(made) };
}

describe("NameLookUps", () => {
  it("asks for no address, and once for all who want one name", async () => {
    const { asked, lookUps } = ways(
      async (host) => [`1.1.1.${host.length}`],
      () => never,
    );
    expect(await lookUps.addresses("192.0.2.1")).toEqual(["192.0.2.1"]);
    expect(await lookUps.addresses("fe80::1%eth0")).toEqual(["fe80::1%eth0"]);
    expect(await Promise.all(["a", "a", "bb"].map((host) => lookUps.addresses(host)))).toEqual([
      ["1.1.1.1"],
      ["1.1.1.1"],
      ["1.1.1.2"],
    ]);
    expect(asked).toEqual(["a", "bb"]);
    await lookUps.addresses("a");
    expect(asked).toEqual(["a", "bb", "a"]);
  });

  it("finds a name within its patience while the system waits for others", async () => {
    vi.useFakeTimers();
    const { asked, lookUps } = ways(
      (host) => (host === "good" ? Promise.resolve(["192.0.2.1"]) : never),
      (host) => (host === "good" ? Promise.resolve(["192.0.2.1"]) : never),
    );
    for (let i = 0; i < 20; i++) void lookUps.addresses(`dead-${i}`);
    const found = lookUps.addresses("good");
    await vi.advanceTimersByTimeAsync(lookUpPatienceMs);
    expect(await found).toEqual(["192.0.2.1"]);
    expect(asked.length).toBe(maxSystemLookUps);
  });

  it("goes on with the next name when the system has answered", async () => {
    const { lookUps } = ways(
      async (host) => [host],
      () => never,
    );
    const hosts = Array.from({ length: 50 }, (_, i) => `name-${i}`);
    expect((await Promise.all(hosts.map((host) => lookUps.addresses(host)))).flat()).toEqual(hosts);
  });

  it("takes the word of the system for a name that is not there", async () => {
    vi.useFakeTimers();
    let fail: (error: Error) => void = () => {};
    const { lookUps } = ways(
      () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
      () => Promise.reject(new Error("no name server")),
    );
    const found = lookUps.addresses("gone");
    const failed = expect(found).rejects.toMatchObject({ code: "NAME_UNRESOLVED" });
    await vi.advanceTimersByTimeAsync(lookUpPatienceMs);
    fail(Object.assign(new Error("no"), { code: "ENOTFOUND" }));
    await failed;
  });

  it("refuses more names than are looked up at a time", async () => {
    const { lookUps } = ways(
      () => never,
      () => never,
    );
    for (let i = 0; i < maxWaitingLookUps; i++) void lookUps.addresses(`dead-${i}`);
    await expect(lookUps.addresses("one-more")).rejects.toMatchObject({ code: "NAME_UNRESOLVED" });
  });
});

describe("inHostsFile()", () => {
  it("finds all addresses of a name", () => {
    const text =
      "127.0.0.1 localhost\n# 1.1.1.1 a\n::1\tlocalhost ip6-localhost # here\n\n192.0.2.1 A.test b\n";
    expect(inHostsFile(text, "LOCALHOST")).toEqual(["127.0.0.1", "::1"]);
    expect(inHostsFile(text, "a.test.")).toEqual(["192.0.2.1"]);
    expect(inHostsFile(text, "a")).toEqual([]);
  });
});
