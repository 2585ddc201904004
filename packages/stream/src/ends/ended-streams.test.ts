import { describe, expect, it } from "vitest";
import { endedStreamMs, maxEndedStreams } from "../limits.js";
import { EndedStreams } from "./ended-streams.js";

describe("EndedStreams", () => {
  it("forgets no stream of others for a peer that ends many", () => {
    const ended = new EndedStreams();
    for (let count = 0; count < 100; count++) ended.add(`honest ${count}`, "c1", undefined, 0);
    for (let count = 0; count < 2 * maxEndedStreams; count++) ended.add(`hog ${count}`, "c2", undefined, 1);
    for (let count = 0; count < 100; count++) expect(ended.get(`honest ${count}`)).toBeDefined();
    expect(ended.size).toBe(maxEndedStreams);
    expect(ended.get("hog 0")).toBeUndefined();
    expect(ended.get(`hog ${2 * maxEndedStreams - 1}`)).toBeDefined();
  });

  it("forgets what ended long ago, whoever ended it", () => {
    const ended = new EndedStreams();
    ended.add("old", "c1", undefined, 0);
    ended.add("newer", "c2", { code: "STREAM_RESET", text: "" }, endedStreamMs - 1);
    ended.add("newest", "c1", undefined, endedStreamMs);
    expect(ended.get("old")).toBeUndefined();
    expect(ended.get("newer")?.reason?.code).toBe("STREAM_RESET");
    expect(ended.size).toBe(2);
  });
});
