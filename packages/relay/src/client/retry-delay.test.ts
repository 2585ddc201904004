import { describe, expect, it } from "vitest";
import { retryDelay } from "./retry-delay.js";

describe("retryDelay()", () => {
  it("doubles its bound from 100 ms to 5 s for failures on the way", () => {
    const bounds = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map((failures) =>
      retryDelay("CONNECTION_DOWN", failures, 1),
    );
    expect(bounds).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
    expect(retryDelay("CONNECTION_DOWN", 7, 0)).toBe(0);
  });

  it("waits at least a second, and ten at most, when the service said no", () => {
    expect(retryDelay("RELAY_NAME_TAKEN", 1, 0)).toBe(1_000);
    expect(retryDelay("RELAY_NAME_TAKEN", 1, 1)).toBe(2_000);
    expect(retryDelay("RELAY_NAME_TAKEN", 1_000, 0)).toBe(5_000);
    expect(retryDelay("RELAY_NAME_TAKEN", 1_000, 1)).toBe(10_000);
  });
});
