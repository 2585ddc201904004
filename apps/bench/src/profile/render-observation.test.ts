import { describe, expect, it } from "vitest";
import { renderObservation } from "./render-observation.js";

const counts = {
  userSeconds: 0.5,
  systemSeconds: 1,
  reads: 2_000,
  readBytes: 131_072_000,
  writes: 1_000,
  writtenBytes: 131_072_000,
};

describe("renderObservation()", () => {
  it("divides counts by what arrived, and shows calls and shares of time", () => {
    const text = renderObservation({
      chain: "culvert",
      load: "bulk",
      units: 100,
      seconds: 2,
      processes: [
        {
          name: "relay",
          counts,
          callsPerUnit: new Map([
            ["read", 20],
            ["writev", 30],
          ]),
          time: { areas: [{ what: "node", share: 0.625 }], functions: [] },
        },
      ],
    });
    expect(text).toContain("### culvert, one bulk stream down: 50.0 MB/s");
    expect(text).toContain("| relay | 5,000 | 10,000 | 20.0 | 65,536 | 10.0 | 131,072 |");
    expect(text).toContain("- relay: 50.0 system calls per MB: writev 30.0, read 20.0");
    expect(text).toContain("- relay, by area: node 63 %");
  });

  it("speaks of requests under requests", () => {
    const text = renderObservation({ chain: "pipes", load: "request", units: 10, seconds: 1, processes: [] });
    expect(text).toContain("### pipes, requests of 100 B: 10.0 requests/s");
    expect(text).toContain("reads per request");
  });
});
