import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventKinds } from "./node-event.js";

describe("docs/events.md", () => {
  it("has exactly one heading for each event", () => {
    const text = readFileSync(new URL("../../../../docs/events.md", import.meta.url), "utf8");
    const headings = [...text.matchAll(/^### `([a-z-]+)`$/gm)].map((match) => match[1]);
    expect(headings.sort()).toEqual(Object.keys(eventKinds).sort());
  });
});
