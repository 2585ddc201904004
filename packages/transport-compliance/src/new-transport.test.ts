import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../scripts/new-transport.mjs", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));
const parent = await mkdtemp(join(tmpdir(), "culvert-"));
const folder = join(parent, "packages", "transport-carrier-pigeon");
await copyFile(join(root, "tsconfig.base.json"), join(parent, "tsconfig.base.json"));
await run(process.execPath, [script, "carrier-pigeon", folder]);
// What the new package finds around it in a checkout.
for (const place of ["node_modules", "packages/core", "packages/transport-kit"]) {
  await symlink(join(root, place), join(parent, place), "junction");
}

afterAll(() => rm(parent, { recursive: true }));

async function textOf(path: string): Promise<string> {
  return readFile(join(folder, path), "utf8");
}

// The suite as the new package runs it, with nothing changed.
await import(join(folder, "src/carrier-pigeon.test.ts"));

describe("new:transport", () => {
  it("names everything after the new transport", async () => {
    const paths = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = paths.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(files.length).toBeGreaterThan(6);
    for (const file of files) {
      expect(file).not.toMatch(/my-wire|\.template\./);
      expect(await readFile(file, "utf8")).not.toMatch(/my-?wire/i);
    }
    expect(JSON.parse(await textOf("package.json"))).toMatchObject({ name: "@x/transport-carrier-pigeon" });
    expect(await textOf("src/index.ts")).toContain("carrierPigeon");
    expect(await textOf("src/carrier-pigeon.ts")).toContain('name: "carrier-pigeon"');
  });

  it("leaves at most 150 lines of code to rewrite", async () => {
    const lines = (await textOf("src/carrier-pigeon.ts")).split("\n");
    expect(lines.filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line)).length).toBeLessThanOrEqual(150);
  });

  it.each(["", "Pigeon", "9lives", "../escape", "a--b", "a/b"])("refuses the name %j", async (name) => {
    await expect(run(process.execPath, [script, name, join(parent, "refused")])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Usage"),
    });
  });

  it("does not write over a folder that exists", async () => {
    await expect(run(process.execPath, [script, "carrier-pigeon", folder])).rejects.toMatchObject({
      stderr: expect.stringContaining("exists"),
    });
  });
});
