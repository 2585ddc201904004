import { describe, expect, it } from "vitest";
import { parseArguments } from "./arguments.js";
import { fullSettings, quickSettings } from "./settings.js";

describe("parseArguments()", () => {
  it("runs everything in full when nothing is said", () => {
    expect(parseArguments([])).toEqual({
      settings: fullSettings,
      only: [],
      chains: [],
      compare: [],
      help: false,
    });
  });

  it("takes --quick, several --only, --chain and --rounds, also behind the -- of pnpm", () => {
    const { settings, only, chains } = parseArguments([
      "--",
      "--quick",
      "--only",
      "bulk",
      "--only",
      "request",
      "--chain",
      "ssh",
      "--rounds",
      "4",
    ]);
    expect(settings).toEqual({ ...quickSettings, rounds: 4 });
    expect(only).toEqual(["bulk", "request"]);
    expect(chains).toEqual(["ssh"]);
  });

  it.each(["0", "-1", "1.5", "many", "100"])("refuses --rounds=%s", (rounds) => {
    expect(() => parseArguments([`--rounds=${rounds}`])).toThrow(TypeError);
  });

  it("takes the files that follow --compare", () => {
    expect(parseArguments(["--compare", "a.json", "b.json", "c.json"]).compare).toEqual([
      "a.json",
      "b.json",
      "c.json",
    ]);
  });

  it("refuses fewer than two files, and files without --compare", () => {
    expect(() => parseArguments(["--compare", "a.json"])).toThrow(TypeError);
    expect(() => parseArguments(["a.json"])).toThrow(TypeError);
  });

  it("refuses unknown options", () => {
    expect(() => parseArguments(["--fast"])).toThrow(TypeError);
  });
});
