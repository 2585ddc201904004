import { describe, expect, it } from "vitest";
import { type Result, type ResultOptions, renderResult } from "./result.js";

const all: Result = { plain: "Node n1", machine: "n1", json: { name: "n1" } };
const options: ResultOptions = { output: undefined, jq: undefined, compactOutput: false, isTerminal: false };
const terminal: ResultOptions = { ...options, isTerminal: true };

describe("renderResult", () => {
  it("takes plain, machine, json in that order on a terminal", async () => {
    expect(await renderResult(all, terminal)).toBe("Node n1");
    expect(await renderResult({ machine: "n1", json: 1 }, terminal)).toBe("n1");
    expect(await renderResult({ json: 1 }, terminal)).toBe("1");
  });

  it("takes machine, json, plain in that order elsewhere", async () => {
    expect(await renderResult(all, options)).toBe("n1");
    expect(await renderResult({ plain: "Node n1", json: 1 }, options)).toBe("1");
    expect(await renderResult({ plain: "Node n1" }, options)).toBe("Node n1");
  });

  it("takes the form that --output asks for", async () => {
    expect(await renderResult(all, { ...options, output: "plain" })).toBe("Node n1");
    expect(await renderResult(all, { ...terminal, output: "json" })).toBe('{\n  "name": "n1"\n}');
  });

  it("prints JSON on one line with --compact-output", async () => {
    expect(await renderResult(all, { ...terminal, compactOutput: true })).toBe('{"name":"n1"}');
  });

  it("has no character in JSON that a terminal obeys, and loses none", async () => {
    const json = { reply: "a\u001b[2Jb\u009b31mc\u202ed\u{e0001}e\u007f" };
    for (const jq of [undefined, "."]) {
      const text = (await renderResult({ json }, { ...terminal, jq })) ?? "";
      expect(text).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
      expect(JSON.parse(text)).toEqual(json);
    }
  });

  it("filters JSON with jq", async () => {
    const list = {
      json: [
        { name: "a", up: true },
        { name: "b", up: false },
      ],
    };
    expect(await renderResult(list, { ...options, jq: ".[].name" })).toBe("a\nb");
    const filtered = await renderResult(list, { ...options, jq: "map(select(.up))" });
    expect(filtered).toBe('[\n  {\n    "name": "a",\n    "up": true\n  }\n]');
    expect(await renderResult(list, { ...options, jq: ".[0]", compactOutput: true })).toBe(
      '{"name":"a","up":true}',
    );
  });

  it("filters a result that is a text, and prints text as it is", async () => {
    expect(await renderResult({ json: "HELLO" }, { ...options, jq: "." })).toBe("HELLO");
    expect(await renderResult({ json: '{"a":1}' }, { ...options, jq: "., length" })).toBe('{"a":1}\n7');
    expect(await renderResult({ json: "a\u001b[2J" }, { ...options, jq: "." })).toBe("a\u001b[2J");
    expect(await renderResult({ json: "a\u001b[2J\nb" }, { ...terminal, jq: "." })).toBe("a [2J\nb");
  });

  it("takes --output over what --compact-output implies", async () => {
    expect(await renderResult(all, { ...options, output: "plain", compactOutput: true })).toBe("Node n1");
    expect(await renderResult(all, { ...options, output: "json", compactOutput: true })).toBe(
      '{"name":"n1"}',
    );
  });

  it("refuses a jq filter that does not compile", async () => {
    await expect(renderResult(all, { ...options, jq: ".name |" })).rejects.toMatchObject({
      code: "USAGE_INVALID",
    });
  });
});
