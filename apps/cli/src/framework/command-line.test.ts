import { describe, expect, it } from "vitest";
import { readCommandLine } from "./command-line.js";

describe("readCommandLine", () => {
  it("finds noun and verb", () => {
    expect(readCommandLine(["node", "create", "n1", "-f"])).toMatchObject({
      kind: "command",
      words: ["node", "create"],
      rest: ["n1", "-f"],
    });
  });

  it("takes global options and their values from before the verb", () => {
    expect(readCommandLine(["--output", "json", "node", "-q", "list", "--jq", "."])).toMatchObject({
      words: ["node", "list"],
      rest: ["--output", "json", "-q", "--jq", "."],
    });
  });

  it("finds commands of one word", () => {
    expect(readCommandLine(["reset", "-y"])).toMatchObject({ words: ["reset"], rest: ["-y"] });
  });

  it.each([
    [["--help"], []],
    [["node", "-h"], ["node"]],
    [
      ["help", "node", "create"],
      ["node", "create"],
    ],
  ])("takes %j as a wish for help", (argv, words) => {
    expect(readCommandLine(argv)).toEqual({ kind: "help", words });
  });

  it.each([
    [[], undefined],
    [["node"], undefined],
    [["nodes"], "nodes"],
    [["node", "crate"], "crate"],
    [["constructor"], "constructor"],
    [["node", "__proto__"], "__proto__"],
  ])("finds no command in %j", (argv, unknown) => {
    expect(readCommandLine(argv)).toMatchObject({ kind: "incomplete", unknown });
  });

  it("leaves --version of a command to the command", () => {
    expect(readCommandLine(["--version"])).toEqual({ kind: "version" });
    expect(readCommandLine(["node", "list", "--version"])).toMatchObject({ kind: "command" });
  });
});
