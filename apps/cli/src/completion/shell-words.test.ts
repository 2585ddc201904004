import { describe, expect, it } from "vitest";
import { formatCandidate, joinBashWords } from "./shell-words.js";

describe("joinBashWords()", () => {
  it.each([
    [["node", "cr"], ["node", "cr"], 0],
    [["--output", "=", "js"], ["--output=js"], 9],
    [["--output", "="], ["--output="], 9],
    [["--from", "127.0.0.1", ":", "70"], ["--from", "127.0.0.1:70"], 10],
    [["a", ""], ["a", ""], 0],
    [[], [], 0],
  ])("puts %j together", (words, joined, cut) => {
    expect(joinBashWords(words)).toEqual({ words: joined, cut });
  });
});

describe("formatCandidate()", () => {
  const candidate = { value: "--to=a:b", description: "Where to" };

  it("writes what each shell reads", () => {
    expect(formatCandidate(candidate, "bash", 5)).toBe("a:b");
    expect(formatCandidate(candidate, "zsh", 0)).toBe("--to=a\\:b:Where to");
    expect(formatCandidate(candidate, "fish", 0)).toBe("--to=a:b\tWhere to");
  });
});
