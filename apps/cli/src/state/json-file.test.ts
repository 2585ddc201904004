import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import { isJsonObject, readJsonFile, writeJsonFile } from "./json-file.js";

const check = (value: unknown): { n: number } | undefined =>
  isJsonObject(value) && typeof value.n === "number" ? { n: value.n } : undefined;

describe("writeJsonFile", () => {
  it("replaces the file, open to the user alone, and leaves nothing else", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "a.json");
    await writeJsonFile(path, { n: 1 });
    await writeJsonFile(path, { n: 2 });
    expect(readJsonFile(path, check)).toEqual({ n: 2 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(["a.json"]);
  });

  // A disk without room: Linux has a device for it.
  it.skipIf(process.platform !== "linux")(
    "keeps the old content when the new one cannot be written",
    async () => {
      await using folder = await temporaryFolder();
      const path = join(folder.path, "a.json");
      await writeJsonFile(path, { n: 1 });
      const { symlink } = await import("node:fs/promises");
      await symlink("/dev/full", `${path}.${process.pid}.tmp`);
      await expect(writeJsonFile(path, { n: 2 })).rejects.toMatchObject({
        code: "STATE_FAILED",
        message: expect.stringMatching(/ENOSPC/),
      });
      expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ n: 1 });
    },
  );

  it("tells of a folder that is not there", async () => {
    await expect(writeJsonFile("/nonexistent/a.json", {})).rejects.toMatchObject({ code: "STATE_FAILED" });
  });
});

describe("readJsonFile", () => {
  it("gives nothing where there is no file", () => {
    expect(readJsonFile("/nonexistent/a.json", check)).toBeUndefined();
  });

  it.each(["", "{", "[]", '{"n":"1"}', "null"])("refuses %j as corrupt", async (text) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "a.json");
    await writeFile(path, text);
    expect(() => readJsonFile(path, check)).toThrow(expect.objectContaining({ code: "STATE_CORRUPT" }));
  });
});
