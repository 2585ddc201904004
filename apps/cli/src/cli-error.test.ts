import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cliErrorCodes } from "./cli-error.js";

describe("docs/errors.md", () => {
  it("has exactly one heading for each code of the command line", () => {
    const text = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
    const [, ofCommandLine = ""] = text.split("## The command line");
    const headings = [...ofCommandLine.matchAll(/^### `([A-Z_]+)`$/gm)].map((match) => match[1]);
    expect([...headings].sort()).toEqual([...cliErrorCodes].sort());
  });
});
