import { describe, expect, it, vi } from "vitest";
import { PersistentStart } from "./persistent-start.js";
import { silentLog } from "./runtime-log.js";

function thing(): { closed: boolean; close(): Promise<void> } {
  return {
    closed: false,
    async close() {
      this.closed = true;
    },
  };
}

describe("PersistentStart", () => {
  it("tries until it works, with growing pauses", async () => {
    vi.useFakeTimers();
    try {
      let failures = 3;
      const start = new PersistentStart({
        what: "a thing",
        log: silentLog,
        start: async () => {
          if (failures-- > 0) throw new Error("taken");
          return thing();
        },
      });
      await start.persist();
      expect(start.thing).toBeUndefined();
      expect(start.lastFailure).toMatchObject({ message: "taken" });
      await vi.advanceTimersByTimeAsync(1400);
      expect(start.thing).toBeDefined();
      expect(start.lastFailure).toBeUndefined();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("gives up when it is closed, and closes what starts after that", async () => {
    const late = thing();
    let finish = (): void => {};
    const start = new PersistentStart({
      what: "a thing",
      log: silentLog,
      start: () => new Promise<typeof late>((resolve) => (finish = () => resolve(late))),
    });
    const starting = start.persist();
    await start.close();
    finish();
    await starting;
    expect(late.closed).toBe(true);
  });
});
