import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { allRows } from "./fault-table/table.js";
import { requirements } from "./requirements.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A title is the first argument of a test: one text in quotes, or several joined by `+`. */
const text = /(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)/.source;
const title = new RegExp(
  String.raw`\b(?:it|test)(?:\.\w+(?:\([^()]*\))?)*\(\s*(${text}(?:\s*\+\s*${text})*)`,
  "g",
);

const files = ["packages", "apps"].flatMap((kind) =>
  readdirSync(`${root}${kind}`, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules"))
    .map((path) => readFileSync(`${root}${kind}/${path}`, "utf8")),
);
const titles = files.flatMap((code) => [...code.matchAll(title)].map(([, words = ""]) => words));
// The rows of the fault table bear in their titles what they prove.
const words = [...titles, ...allRows.map(({ proves }) => proves)].join(" ");
const cited = new Set([...words.matchAll(/\[([a-z]+(?:-[a-z0-9]+)+)\]/g)].map(([, id = ""]) => id));

describe("requirements", () => {
  it.each(Object.entries(requirements))("%s: %s", (id) => {
    expect(cited).toContain(id);
  });

  it("are known wherever one is cited", () => {
    expect([...cited].filter((id) => !Object.hasOwn(requirements, id))).toEqual([]);
  });
});
