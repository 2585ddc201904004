import { describe, expect, it } from "vitest";
import { formatBlock, type ListForm, listResult } from "./blocks.js";
import { type ResultOptions, renderResult } from "./result.js";

describe("formatBlock()", () => {
  it("aligns the fields and leaves out what is not known", () => {
    expect(formatBlock({ title: "web", fields: { to: "a", status: "Up", why: null, count: 0 } })).toBe(
      "web\n  to      a\n  status  Up\n  count   0",
    );
  });
});

describe("listResult()", () => {
  const plain: ResultOptions = { output: "plain", jq: undefined, compactOutput: false, isTerminal: false };
  const form: ListForm<string> = {
    block: (name) => ({ title: name, fields: { status: `Up ${name}`, why: name === "b" ? "日本" : null } }),
  };
  const shown = (
    names: string[],
    options: Partial<ResultOptions>,
    given = form,
  ): Promise<string | undefined> =>
    renderResult(listResult(names, "Node n1 has none", given), { ...plain, ...options });

  it("gives one block for each thing", async () => {
    expect(await shown(["a", "b"], {})).toBe("a\n  status  Up a\n\nb\n  status  Up b\n  why     日本");
  });

  it("gives a table on a terminal, with the columns that are asked for", async () => {
    const terminal = { isTerminal: true, output: undefined };
    expect(await shown(["a", "bbbb", "b"], terminal)).toBe(
      "NAME   STATUS    WHY\na      Up a\nbbbb   Up bbbb\nb      Up b      日本",
    );
    const narrow = { ...form, columns: { title: "worker", fields: ["why"] } };
    expect(await shown(["b"], terminal, narrow)).toBe("WORKER   WHY\nb        日本");
  });

  it("says so when there is none", async () => {
    expect(await shown([], {})).toBe("Node n1 has none");
    expect(await shown([], { output: undefined })).toBe("[]");
  });
});
