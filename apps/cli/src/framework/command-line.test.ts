import { describe, expect, it } from "vitest";
import { commandTree } from "../command-tree.js";
import { type CommandLine, readCommandLine } from "./command-line.js";

const read = (argv: readonly string[]): Promise<CommandLine> => readCommandLine(argv, commandTree());

describe("readCommandLine", () => {
  it("finds noun and verb", async () => {
    expect(await read(["node", "create", "n1", "-f"])).toMatchObject({
      kind: "command",
      words: ["node", "create"],
      rest: ["n1", "-f"],
    });
  });

  it("takes global options and their values from before the verb", async () => {
    expect(await read(["--output", "json", "node", "-q", "list", "--jq", "."])).toMatchObject({
      words: ["node", "list"],
      rest: ["--output", "json", "-q", "--jq", "."],
    });
  });

  it("knows what other tools call verbs, where the noun has such a verb", async () => {
    expect(await read(["node", "ls"])).toMatchObject({ words: ["node", "list"] });
    expect(await read(["tcp-inlet", "rm", "web"])).toMatchObject({
      words: ["tcp-inlet", "delete"],
      rest: ["web"],
    });
    expect(await read(["transport", "rm", "x"])).toMatchObject({ words: ["transport", "remove"] });
    expect(await read(["route", "ls"])).toMatchObject({ kind: "incomplete", unknown: "ls" });
    expect(await read(["help", "node", "ls"])).toMatchObject({ kind: "help" });
  });

  it("takes the short form of --output with its value", async () => {
    for (const before of [["-o", "json"], ["-ojson"]]) {
      expect(await read([...before, "node", "list"])).toMatchObject({
        words: ["node", "list"],
        rest: before,
      });
    }
  });

  it("finds commands of one word", async () => {
    expect(await read(["reset", "-y"])).toMatchObject({ words: ["reset"], rest: ["-y"] });
  });

  it.each([
    [["--help"], []],
    [["node", "-h"], ["node"]],
    [
      ["help", "node", "create"],
      ["node", "create"],
    ],
  ])("takes %j as a wish for help", async (argv, words) => {
    expect(await read(argv)).toEqual({ kind: "help", words });
  });

  it.each([
    [[], undefined],
    [["node"], undefined],
    [["nodes"], "nodes"],
    [["node", "crate"], "crate"],
    [["constructor"], "constructor"],
    [["node", "__proto__"], "__proto__"],
  ])("finds no command in %j", async (argv, unknown) => {
    expect(await read(argv)).toMatchObject({ kind: "incomplete", unknown });
  });

  it("leaves --version of a command to the command", async () => {
    expect(await read(["--version"])).toEqual({ kind: "version" });
    expect(await read(["node", "list", "--version"])).toMatchObject({ kind: "command" });
  });
});
