import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert } from "../../test-support/culvert.js";
import { onTerminal } from "../../test-support/pseudo-terminal.js";

const timeout = 60_000;
const size = { rows: 8, columns: 60 };

describe("status on a terminal", { timeout }, () => {
  let cli: Culvert;

  beforeAll(async () => {
    cli = await culvert();
    await cli.ok("node create n1");
    for (const port of [1, 2, 3, 4, 5, 6, 7, 8])
      await cli.ok(`tcp-outlet create --from o${port} --to ${port}`);
  }, timeout);

  afterAll(() => cli[Symbol.asyncDispose](), timeout);

  it("--watch shows the top of what does not fit, scrolls by keys, and ends with q", async () => {
    const terminal = onTerminal(cli, ["status", "--watch"], size);
    /** The lines that were drawn last. */
    const lines = (): readonly string[] => {
      const frame = terminal.shown.split("\u001b[H").at(-1) ?? "";
      return frame.split("\r\n").map((text) => stripVTControlCharacters(text));
    };
    await expect
      .poll(() => lines().at(-1), { timeout })
      .toMatch(/^lines 1 to 7 of 10; arrows scroll; q ends/);
    expect(lines()[0]).toContain("n1 (default)");
    expect(lines().length).toBeLessThanOrEqual(size.rows);
    terminal.type("\u001b[B");
    await expect.poll(() => lines().at(-1), { timeout }).toContain("lines 2 to 8 of 10");
    terminal.type("\u001b[F");
    await expect.poll(() => lines().at(-2), { timeout }).toContain("outlet /service/o8");
    terminal.type("q");
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown.trimEnd().endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
  });

  it("--watch ends with Ctrl-C, and gives the terminal back", async () => {
    const terminal = onTerminal(cli, ["status", "--watch"], size);
    await expect.poll(() => terminal.shown, { timeout }).toContain("q ends");
    terminal.type("\u0003");
    expect(await terminal.ended).toBe(0);
  });

  it("lists are tables", async () => {
    const terminal = onTerminal(cli, ["tcp-outlet", "ls"], size);
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown.split("\r\n").slice(0, 3)).toEqual([
      "FROM          STATUS   TO            VISITORS",
      "/service/o1   Up       127.0.0.1:1   0, 0 not served, 0 refused",
      "/service/o2   Up       127.0.0.1:2   0, 0 not served, 0 refused",
    ]);
  });
});
