import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { evaluate, listInstalled } from "./installed-packages.js";
import { npm, packageManagers, whyAbsent } from "./package-managers.js";
import { readPacked } from "./packed-packages.js";
import { openPackingBench } from "./packing-bench.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const timeoutMs = 180_000;
const { packed, add, ...bench } = await openPackingBench();
afterAll(() => bench[Symbol.asyncDispose]());

const names = packed.map(({ name }) => name);
/** The command line package has only a command. */
const importable = packed
  .filter(({ manifest }) => manifest.exports?.["."] !== undefined)
  .map(({ name }) => name);

/** The first example of the README that imports packages. */
async function readmeExample(): Promise<string> {
  const [, text = ""] =
    /^```ts\n(import .*?)^```$/ms.exec(await readFile(join(root, "README.md"), "utf8")) ?? [];
  // The type of a resource that is disposed of is syntax that Node 20 lacks.
  return `${text.replaceAll("await using ", "const ")}\nawait Promise.all([client.close(), server.close()]);`;
}

describe("packed packages", () => {
  it.each(packed)("$name says all about itself, and brings its licence", ({ name, manifest, files }) => {
    const isCommand = !importable.includes(name);
    expect(manifest).toMatchObject({
      description: expect.any(String),
      keywords: expect.arrayContaining(["culvert"]),
      license: "Apache-2.0",
      homepage: expect.stringMatching(/^https:/),
      bugs: { url: expect.stringMatching(/^https:/) },
      repository: {
        type: "git",
        directory: `${isCommand ? "apps" : "packages"}/${name.slice("@x/".length)}`,
      },
      engines: { node: expect.stringMatching(/^>=/) },
    });
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
    expect(files.filter((file) => /\.test\.|tsbuildinfo|(^|\/)src\//.test(file))).toEqual([]);
  });

  it.each(packed)("$name imports what Node brings by its full name", async ({ tarball, files }) => {
    const code = await Promise.all(
      files.filter((file) => file.endsWith(".js")).map((file) => readPacked(tarball, file)),
    );
    const imported = [...code.join("\n").matchAll(/^(?:import|export|\} from)\b[^"\n]*"([^"\n]+)";$/gm)];
    expect(imported.map(([, from = ""]) => from).filter((from) => builtinModules.includes(from))).toEqual([]);
  });

  it("no two of them differ in version, and each takes the others in that version", () => {
    for (const { manifest } of packed) {
      expect(manifest.version).toBe(packed[0]?.version);
      const own = Object.entries((manifest.dependencies ?? {}) as Record<string, string>).filter(([name]) =>
        name.startsWith("@x/"),
      );
      expect(own.map(([, range]) => range)).toEqual(own.map(() => `^${manifest.version}`));
    }
  });

  it.each(importable)(
    "%s installs alone into an empty folder and can be imported",
    async (name) => {
      const { folder } = await add(npm, [name]);
      const count = await evaluate(folder, `console.log(Object.keys(await import("${name}")).length)`);
      expect(Number(count)).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  it(
    "all resolve for the compiler, with nothing of theirs left unchecked",
    async () => {
      const { folder } = await add(npm, importable);
      const lines = importable.map((name, index) => `export * as p${index} from "${name}";\n`);
      await writeFile(join(folder, "all.ts"), lines.join(""));
      const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2023"];
      const checked = run(
        join(root, "node_modules", ".bin", "tsc"),
        [...flags, "--types", "node", "--typeRoots", join(root, "node_modules", "@types"), "all.ts"],
        { cwd: folder },
      );
      await expect(checked).resolves.toMatchObject({ stdout: "" });
    },
    timeoutMs,
  );
});

describe.each(packageManagers)("$name", (manager) => {
  it(
    "adds @x/routing and @x/transport-tcp with core, the kit and nothing else, and they can be imported",
    async ({ skip }) => {
      const absent = await whyAbsent(manager);
      skip(absent !== undefined, absent);
      const { folder, output } = await add(manager, ["@x/routing", "@x/transport-tcp"]);
      expect(output).not.toMatch(/\bwarn|ignored|\berr/i);
      const installed = await listInstalled(folder);
      expect(installed.map(({ name }) => name)).toEqual([
        "@x/core",
        "@x/routing",
        "@x/transport-kit",
        "@x/transport-tcp",
      ]);
      const script = `await import("@x/routing"); await import("@x/transport-tcp"); console.log("imported");`;
      expect(await evaluate(folder, script)).toBe("imported");
    },
    timeoutMs,
  );

  it(
    "adds all packages without a warning or a script; the README's example and the culvert command run",
    async ({ skip }) => {
      const absent = await whyAbsent(manager);
      skip(absent !== undefined, absent);
      const { folder, output } = await add(manager, names);
      expect(output.replaceAll("process-warning", "")).not.toMatch(/\bwarn|ignored|\berr/i);
      const installed = await listInstalled(folder);
      expect(installed.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
      expect(installed.filter(({ hasInstallScript }) => hasInstallScript)).toEqual([]);
      expect(await evaluate(folder, await readmeExample())).toBe("HELLO");
      const { stdout } = await run(join(folder, "node_modules", ".bin", "culvert"), ["--version"], {
        cwd: folder,
      });
      expect(stdout).toBe(`${packed[0]?.version}\n`);
    },
    timeoutMs,
  );
});
