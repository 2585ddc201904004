import { describe, expect, it } from "vitest";
import { markdownReference } from "../test-support/markdown-reference.js";
import { allCommands, wordsOf } from "../test-support/typed-commands.js";
import { commandTree } from "./command-tree.js";
import { helpFor, parseArguments } from "./framework/parser.js";

const commands = await allCommands();

describe.each(commands)("$words", ({ words, command, entry }) => {
  it("has an example, which is about it", () => {
    expect(command.examples ?? []).not.toEqual([]);
    for (const example of command.examples ?? [])
      expect(`${example} `.startsWith(`${words} `), example).toBe(true);
  });

  it("takes its examples", () => {
    for (const example of command.examples ?? []) {
      const line = wordsOf(example).slice(words.split(" ").length);
      const parsed = parseArguments(words.split(" "), entry, command, line);
      expect(parsed, example).toHaveProperty("input");
    }
  });

  it("says of each option that takes a value what counts without it", () => {
    for (const { flags, description, required, hidden, ...option } of command.options ?? []) {
      if (!flags.includes("<") || required === true || hidden === true || option.default !== undefined)
        continue;
      expect(description, flags).toMatch(/default|when left out|repeat/);
    }
  });

  it("takes several names where it deletes", () => {
    const [argument] = command.arguments ?? [];
    if (/ (?:delete|remove)$/.test(words)) expect(argument?.syntax).toMatch(/\.\.\.[\]>]$/);
  });
});

describe("docs/cli-reference.md", () => {
  it("is what the definitions of the commands say", async () => {
    const path = new URL("../../../docs/cli-reference.md", import.meta.url).pathname;
    await expect(await markdownReference(commandTree())).toMatchFileSnapshot(path);
  });
});

describe("the help of the whole command", () => {
  it("fits a screen, and names every command", async () => {
    const help = await helpFor(commandTree(), []);
    const lines = help.split("\n");
    expect(lines.length).toBeLessThanOrEqual(30);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
    for (const { words } of commands)
      expect(help).toContain(words.split(" ")[0]?.replace(/^[a-z]+-(?=connection|listener)/, "-"));
  });
});

describe.each(commands)("$words --help", ({ words }) => {
  it("is not wider than 80 characters", async () => {
    const help = await helpFor(commandTree(), words.split(" "));
    const [, text = "", examples = ""] = /^([\s\S]*?)(?:\nExamples:([\s\S]*))?$/.exec(help) ?? [];
    for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(examples).toContain("  culvert ");
  });
});
