import { describe, expect, it } from "vitest";
import { commandTree } from "../command-tree.js";
import type { Command } from "./command.js";
import type { CommandInput } from "./input.js";
import { helpFor, parseArguments, unknownCommandError } from "./parser.js";

const command: Command = {
  arguments: [
    { syntax: "<message>", description: "What to send" },
    { syntax: "[names...]", description: "Names" },
  ],
  options: [
    { flags: "-t, --to <route>", description: "Where to", required: true },
    { flags: "--via <relay>", description: "Relays", repeatable: true },
    { flags: "--from <address>", description: "Where from", default: "outlet" },
    { flags: "--no-connection-wait", description: "Do not wait" },
    { flags: "-a, --all", description: "All" },
  ],
  examples: ["message send hi --to /node/n1/service/echo"],
  run: () => Promise.resolve(undefined),
};
const entry = { summary: "Send a message", load: () => Promise.resolve({ command }) };

function parse(...args: string[]): { input: CommandInput; options: Readonly<Record<string, unknown>> } {
  const parsed = parseArguments(["message", "send"], entry, command, args);
  if ("help" in parsed) throw new Error("unexpected help");
  return parsed;
}

describe("parseArguments", () => {
  it("gives arguments by name", () => {
    const { input } = parse("hi", "a", "b", "--to", "x");
    expect(input.argument("message")).toBe("hi");
    expect(input.argumentList("names")).toEqual(["a", "b"]);
  });

  it("gives options by their long flag", () => {
    const { input } = parse("hi", "-t", "-/service/x", "--via=r1", "--via", "r2", "-a");
    expect(input.text("to")).toBe("-/service/x");
    expect(input.texts("via")).toEqual(["r1", "r2"]);
    expect(input.text("from")).toBe("outlet");
    expect(input.flag("all")).toBe(true);
    expect(input.flag("no-connection-wait")).toBe(false);
    expect(parse("hi", "-t", "x", "--no-connection-wait").input.flag("no-connection-wait")).toBe(true);
  });

  it("counts -v", () => {
    expect(parse("hi", "-t", "x", "-vv", "--verbose").options.verbose).toBe(3);
  });

  it("takes what follows -- as it is", () => {
    expect(parse("--to", "x", "--", "--all").input.argument("message")).toBe("--all");
  });

  it.each([
    [["hi"], /--to/],
    [["hi", "--to"], /argument missing/],
    [["--to", "x"], /missing required argument/],
    [["hi", "--to", "x", "--outpot", "json"], /unknown option/],
    [["hi", "--to", "x", "--output", "xml"], /Allowed choices are plain, json/],
  ])("refuses %j", (args, message) => {
    expect(() => parse(...args)).toThrow(
      expect.objectContaining({
        code: "USAGE_INVALID",
        message: expect.stringMatching(new RegExp(message, "i")),
      }),
    );
  });

  it("gives the help with examples when it is asked for", () => {
    const parsed = parseArguments(["message", "send"], entry, command, ["--help"]);
    expect(parsed).toMatchObject({
      help: expect.stringMatching(/^Usage: culvert message send[\s\S]+Examples:\n {2}culvert message/),
    });
  });
});

describe("helpFor", () => {
  it("lists nouns, verbs and options", async () => {
    expect(await helpFor(commandTree(), [])).toMatch(/node +Create and manage nodes/);
    expect(await helpFor(commandTree(), ["node"])).toMatch(/Usage: culvert node[\s\S]+create +Create a node/);
    expect(await helpFor(commandTree(), ["node", "create"])).toMatch(/--tcp-listener-address <host:port>/);
  });
});

describe("unknownCommandError", () => {
  it("suggests what is near", async () => {
    const near = async (words: string[], unknown: string) =>
      (await unknownCommandError(commandTree(), words, unknown)).hint;
    expect(await near([], "nod")).toContain("Did you mean node?");
    expect(await near([], "udp-listner")).toContain("Did you mean udp-listener?");
    expect(await near(["node"], "craete")).toContain("Did you mean create?");
  });
});
