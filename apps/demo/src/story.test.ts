import { describe, expect, it } from "vitest";
import { expectEqual, Narrator } from "./narrator.js";
import { tellStory } from "./story.js";

describe("tellStory()", () => {
  it("holds in every step, and shows HELLO and 200 OK", async () => {
    let transcript = "";
    const narrator = new Narrator((text) => {
      transcript += text;
    });
    await tellStory(narrator, { downloadMiB: 64 });
    expect(transcript).not.toContain("✘");
    expect(narrator.failures).toBe(0);
    expect(transcript).toContain("HELLO");
    expect(transcript).toContain("200 OK");
    expect(transcript).toMatch(/SHA-256 [0-9a-f]{64}/);
  }, 60_000);
});

describe("Narrator", () => {
  it("counts a step that did not hold and goes on", async () => {
    let transcript = "";
    const narrator = new Narrator((text) => {
      transcript += text;
    });
    await narrator.step("one is two", async () => expectEqual(1, 2, "one"));
    await narrator.step("one is one", async () => expectEqual(1, 1, "one"));
    expect(narrator).toMatchObject({ steps: 2, failures: 1 });
    expect(transcript).toContain("✘ one is two\n    Expected one to be 2, but it is 1");
    expect(transcript).toContain("✔ one is one");
  });
});
