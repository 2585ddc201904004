import { CulvertError } from "@x/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { attemptDelayMs, maxAddressesTried } from "../limits.js";
import { interleaveFamilies, raceAddresses } from "./address-race.js";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** What is known about an address: after so many milliseconds it answers, or fails with a code. */
type Fates = Record<string, { afterMs: number; code?: "CONNECTION_REFUSED" | "CONNECTION_TIMED_OUT" }>;

function race(fates: Fates, signal: AbortSignal = new AbortController().signal) {
  const begun: string[] = [];
  const givenUp: string[] = [];
  const discarded: string[] = [];
  const attempt = (address: string, given: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      begun.push(address);
      const { afterMs, code } = fates[address] as Fates[string];
      given.addEventListener("abort", () => givenUp.push(address));
      setTimeout(
        () => (code === undefined ? resolve(address) : reject(new CulvertError(code, `${address} failed`))),
        afterMs,
      );
    });
  const discard = (address: string): void => void discarded.push(address);
  return { begun, givenUp, discarded, won: raceAddresses(Object.keys(fates), { attempt, discard, signal }) };
}

describe("raceAddresses()", () => {
  it("reaches an address 400 ms away beside one that never answers", async () => {
    const { won, begun, discarded } = race({ six: { afterMs: 100_000 }, four: { afterMs: 400 } });
    await vi.advanceTimersByTimeAsync(attemptDelayMs - 1);
    expect(begun).toEqual(["six"]);
    await vi.advanceTimersByTimeAsync(1 + 400);
    expect(await won).toBe("four");
    await vi.advanceTimersByTimeAsync(100_000);
    expect(discarded).toEqual(["six"]);
  });

  it("goes on at once when an attempt fails, and gives up the others when one succeeds", async () => {
    const { won, givenUp } = race({
      dead: { afterMs: 100_000 },
      refused: { afterMs: 10, code: "CONNECTION_REFUSED" },
      good: { afterMs: 10 },
    });
    await vi.advanceTimersByTimeAsync(attemptDelayMs + 20);
    expect(await won).toBe("good");
    expect(givenUp).toContain("dead");
  });

  it("tells the failure of a host rather than that of a network that is not there", async () => {
    const { won } = race({
      six: { afterMs: 0, code: "CONNECTION_TIMED_OUT" },
      four: { afterMs: 5, code: "CONNECTION_REFUSED" },
    });
    const failed = expect(won).rejects.toThrow("four failed");
    await vi.advanceTimersByTimeAsync(10);
    await failed;
  });

  it("ends with the reason of its signal, and begins no attempt after it", async () => {
    const controller = new AbortController();
    const { won, begun } = race({ a: { afterMs: 1_000 }, b: { afterMs: 1_000 } }, controller.signal);
    const failed = expect(won).rejects.toThrow("enough");
    controller.abort(new Error("enough"));
    await failed;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(begun).toEqual(["a"]);
  });

  it("fails for a name without addresses", async () => {
    await expect(race({}).won).rejects.toMatchObject({ code: "NAME_UNRESOLVED" });
  });
});

describe("interleaveFamilies()", () => {
  it.each([
    [
      ["::1", "::2", "::3", "1.1.1.1"],
      ["::1", "1.1.1.1", "::2", "::3"],
    ],
    [
      ["1.1.1.1", "1.1.1.2", "::1"],
      ["1.1.1.1", "::1", "1.1.1.2"],
    ],
    [["::1"], ["::1"]],
    [[], []],
  ])("orders %j", (given, wanted) => {
    expect(interleaveFamilies(given)).toEqual(wanted);
  });

  it("takes no more than are worth a try", () => {
    const many = Array.from({ length: 20 }, (_, i) => `::${i}`);
    expect(interleaveFamilies([...many, "1.1.1.1"])).toEqual([
      "::0",
      "1.1.1.1",
      ...many.slice(1, maxAddressesTried - 1),
    ]);
  });
});
