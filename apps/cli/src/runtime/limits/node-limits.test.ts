import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { errorCodes } from "@x/core";
import { describe, expect, it } from "vitest";
import { registry, start } from "../../../test-support/runtimes.js";
import { cliErrorCodes } from "../../cli-error.js";
import { parseLimits } from "../../syntax/limit-settings.js";
import { limitDefinitions, limitFault } from "./node-limits.js";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const document = readFileSync(`${root}docs/limits.md`, "utf8");
const definitions = limitDefinitions(registry.transports);
const limitNames = Object.keys(definitions);
const codes: readonly string[] = [...errorCodes, ...cliErrorCodes];

/** The rows of the table below a heading, cell by cell, without the code marks. */
function rowsBelow(heading: string): readonly string[][] {
  const section = document.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

const numberOf = (text: string): number => Number(text.replaceAll(/[,_]/g, ""));

/** The number a package gives its constant; nothing when it is no plain number. */
function constantOf(cell: string): number | undefined {
  const [name = "", folder = ""] = cell.split(" of ");
  const path = folder.startsWith("cli/") ? `apps/${folder}` : `packages/${folder}/src`;
  const source = readFileSync(`${root}${path}/limits.ts`, "utf8");
  expect(source).toContain(` ${name}`);
  const value = new RegExp(`\\b${name}(?:: number)?(?: =|:) (\\d[\\d_]*)\\b`).exec(source)?.[1];
  return value === undefined ? undefined : numberOf(value);
}

function checkRefusal(row: readonly string[]): void {
  const [refusedWith = "", test = ""] = row.slice(-2);
  expect(existsSync(`${root}${test}`), test).toBe(true);
  const source = readFileSync(`${root}${test}`, "utf8");
  for (const code of refusedWith.split(", ").filter((text) => text !== "—")) {
    expect(codes).toContain(code);
    expect(source.includes(code), `${test} shows ${code}`).toBe(true);
  }
}

describe("docs/limits.md", () => {
  const settable = rowsBelow("Limits that can be set");
  const fixed = rowsBelow("Limits that are the same everywhere");

  it("has a row for every limit that can be set, in order", () => {
    expect(settable.map(([name]) => name)).toEqual(limitNames);
  });

  it.each(settable)("gives the default of %s as the code does", (name = "", constant = "", value = "") => {
    // What the system allows is found out at the start, and the idle time is off.
    if (name === "open-files") return;
    expect(numberOf(value)).toBe(definitions[name]?.fallback);
    // The largest frame of most transports is a sum.
    if (name === "inlet-idle-ms" || constant.startsWith("defaultMaxFrameBytes of transport-kit")) return;
    expect(constantOf(constant)).toBe(numberOf(value));
  });

  it.each(fixed)("gives the value of the %s as the code does", (_name, constant = "", value = "") => {
    expect(constantOf(constant)).toBe(numberOf(value));
  });

  it.each([...settable, ...fixed])("names a code for %s, and a test that provokes it", (...row) => {
    checkRefusal(row);
  });

  it("says which limits have a level, as the metrics do", async () => {
    const { limits, levels } = (await start("n1")).limitUse();
    const told = settable.filter((row) => row[5] === "limit, level").map(([name]) => name);
    const known = existsSync("/proc/self/fd") ? told : told.filter((name) => name !== "open-files");
    expect(Object.keys(levels).sort()).toEqual(known.sort());
    expect(Object.keys(limits)).toEqual(limitNames);
  });

  it("leaves out no file of limits", () => {
    const folders = readdirSync(`${root}packages`).filter((name) =>
      existsSync(`${root}packages/${name}/src/limits.ts`),
    );
    const named = new Set([...settable, ...fixed].map((row) => row[1]?.split(" of ")[1]));
    // Those two are for tests.
    const own = folders.filter((name) => !["transport-compliance", "transport-memory"].includes(name));
    for (const folder of own) expect(named).toContain(folder);
  });
});

describe("parseLimits()", () => {
  it("reads names and whole numbers; the later of two wins", () => {
    expect(
      parseLimits(["connections=100", "queued-bytes=8_000", "connections=7"], registry.transports),
    ).toEqual({
      connections: 7,
      "queued-bytes": 8000,
    });
  });

  it.each([
    "nothing=1",
    "connections",
    "connections=",
    "connections=0",
    "connections=1.5",
    "relays=-1",
    "=1",
    "__proto__=1",
  ])("refuses %j", (text) => {
    expect(() => parseLimits([text], registry.transports)).toThrow(
      expect.objectContaining({ code: "USAGE_INVALID", message: expect.stringContaining("limit") }),
    );
  });

  it("keeps within the range of each", () => {
    expect(limitFault("udp-frame-bytes", 262_145, registry.transports)).toBe(
      "limit udp-frame-bytes must be a whole number, from 1024 to 262144",
    );
    for (const name of limitNames) {
      expect(limitFault(name, definitions[name]?.fallback, registry.transports)).toBeUndefined();
    }
  });
});
