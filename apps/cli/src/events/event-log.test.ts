import { CulvertError } from "@x/core";
import type { VisitorReport } from "@x/portal-tcp";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silentLog } from "../runtime/runtime-log.js";
import { EventLog } from "./event-log.js";
import { maxKeptEvents, maxVisitorEventsPerSecond } from "./limits.js";

const web = { resource: "tcp-inlet", name: "web" };
const refused: VisitorReport = {
  type: "refused",
  id: "0".repeat(32),
  from: "127.0.0.1:5",
  error: new CulvertError("VISITOR_REFUSED", "it is not allowed"),
};

describe("EventLog", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("tells of changes of a state alone, and how long it was down", () => {
    const log = new EventLog(silentLog);
    log.state(web, "up");
    log.state(web, "up");
    log.state(web, "down", { failure: new CulvertError("TARGET_REFUSED", "it refuses") });
    vi.advanceTimersByTime(1500);
    log.state(web, "down", { failure: new CulvertError("TARGET_REFUSED", "it still refuses") });
    log.state(web, "up");
    log.deleted(web);
    log.state(web, "up");
    expect(log.after(0).events).toMatchObject([
      { event: "up", ...web, level: "info", msg: "Up: tcp-inlet web", time: expect.stringMatching(/^20/) },
      { event: "down", code: "TARGET_REFUSED", reason: "it refuses", level: "warn" },
      { event: "back", down_ms: 1500 },
      { event: "deleted" },
      { event: "up" },
    ]);
  });

  it("gives what is new since somebody looked, and keeps a bounded number", () => {
    const log = new EventLog(silentLog);
    for (let index = 0; index < maxKeptEvents + 5; index++) log.made({ ...web, name: `i${index}` });
    const all = log.after(0);
    expect(all.events).toHaveLength(maxKeptEvents);
    expect(all.events[0]).toMatchObject({ name: "i5" });
    expect(log.after(all.next)).toEqual({ events: [], next: all.next });
    log.made(web);
    expect(log.after(all.next).events).toMatchObject([{ name: "web" }]);
  });

  it("writes down a bounded number of visitors within a second, and how many were skipped", () => {
    const warn = vi.fn();
    const log = new EventLog({ ...silentLog, warn });
    for (let index = 0; index < maxVisitorEventsPerSecond + 7; index++) log.visitor(web, "/node/n2", refused);
    expect(warn).toHaveBeenCalledTimes(maxVisitorEventsPerSecond);
    vi.advanceTimersByTime(1000);
    log.visitor(web, "/node/n2", refused);
    const told = log.after(0).events.slice(-2);
    expect(told).toMatchObject([
      { event: "visitors-skipped", count: 7 },
      {
        event: "visitor-refused",
        visitor: "0".repeat(32),
        from: "127.0.0.1:5",
        to: "/node/n2",
        code: "VISITOR_REFUSED",
      },
    ]);
  });
});
