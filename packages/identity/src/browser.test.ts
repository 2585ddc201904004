import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Bundles a program on the main entry for browsers, as somebody would who uses it there. */
async function bundle(program: string): Promise<{ text: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: at("."), loader: "ts" },
    bundle: true,
    write: false,
    metafile: true,
    format: "iife",
    globalName: "program",
    platform: "browser",
    minify: true,
    alias: { "@x/core": at("../../core/src/index.ts"), "#ed25519": at("ed25519-web.ts") },
  });
  return { text: outputFiles[0]?.text ?? "", inputs: Object.keys(metafile.inputs) };
}

describe("the main entry in a browser", () => {
  it("has nothing of Node.js in it, and is small", async () => {
    const { text, inputs } = await bundle('export * from "./index.ts"; export * from "./inner.ts";');
    expect(inputs.filter((path) => /ed25519-node|\/node\//.test(path))).toEqual([]);
    expect(text).not.toMatch(/node:|\bBuffer\b|\bprocess\b|\brequire\b/);
    expect(text.length).toBeGreaterThan(10_000);
    expect(text.length).toBeLessThan(40_000);
  });

  it("makes, rotates, proves and judges identities with what browsers have", async () => {
    const { text } = await bundle(`
      import { channelIdentity, createIdentity, identityChecker, issueCredential, memoryVault } from "./index.ts";
      import { evaluatePolicy, parsePolicy, rotateIdentity, verifyCredential } from "./index.ts";
      export async function run() {
        const vault = memoryVault();
        const identity = await rotateIdentity(vault, await createIdentity(vault));
        const purposeKey = new Uint8Array(32).fill(9);
        const proof = await channelIdentity(identity).proof(purposeKey);
        const { identifier } = await identityChecker().check(proof, purposeKey);
        const bytes = await issueCredential(identity, identifier, { attributes: { role: "web" } });
        const { attributes } = await verifyCredential(bytes, { issuers: [identifier] });
        const policy = parsePolicy('(= subject.role "web")');
        return evaluatePolicy(policy, { identifier, attributes, resource: "r", action: "a" });
      }`);
    const browser = { crypto, TextEncoder, TextDecoder };
    expect(await runInNewContext(`${text}; program.run();`, browser)).toBe(true);
  });
});
