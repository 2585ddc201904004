import { appendFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import { logLines } from "./log-lines.js";

describe("logLines()", () => {
  it("gives the lines of all files, the oldest first, and goes on when the file is put aside", async () => {
    await using folder = await temporaryFolder();
    const path = (name: string): string => join(folder.path, name);
    await writeFile(path("stdout.2.log"), "a\nb\n");
    await writeFile(path("stdout.1.log"), "c\n");
    await writeFile(path("stdout.log"), "d\nhalf");
    const ending = new AbortController();
    const lines = logLines(folder.path, { follow: true, signal: ending.signal });
    const next = async (): Promise<string | undefined> => (await lines.next()).value ?? undefined;
    for (const text of ["a", "b", "c", "d", undefined]) expect(await next()).toBe(text);
    await appendFile(path("stdout.log"), " a line\n");
    expect(await next()).toBe("half a line");
    await appendFile(path("stdout.log"), "last\n");
    await rename(path("stdout.log"), path("stdout.1.log"));
    await writeFile(path("stdout.log"), "first\n");
    expect([await next(), await next()]).toEqual(["last", "first"]);
    ending.abort();
    expect(await lines.next()).toMatchObject({ done: true });
  });
});
