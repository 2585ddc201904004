import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Bundles an entry for browsers, as somebody would who uses it there. */
async function bundle(entry: string): Promise<{ text: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [at(`../${entry}.ts`)],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    minify: true,
    alias: { "@x/core": at("../../../core/src/index.ts") },
  });
  return { text: outputFiles[0]?.text ?? "", inputs: Object.keys(metafile.inputs) };
}

describe.each(["index", "inner"])("the entry %s bundled for a browser", (entry) => {
  it("has nothing of Node.js in it, and is small", async () => {
    const { text, inputs } = await bundle(entry);
    expect(inputs.every((path) => path.includes("stream/src/") || path.includes("core/src/"))).toBe(true);
    expect(text).not.toMatch(/node:|\bBuffer\b|\bprocess\b|\bsetImmediate\b|\brequire\b/);
    for (const name of builtinModules) expect(text).not.toMatch(new RegExp(`from ?"${name}"`));
    expect(text.length).toBeGreaterThan(10_000);
    expect(text.length).toBeLessThan(64_000);
  });
});
