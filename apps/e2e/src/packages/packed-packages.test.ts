import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import {
  evaluate,
  listInstalled,
  npm,
  openInstaller,
  packageManagers,
  readPacked,
  root,
  whyAbsent,
} from "./installer.js";

const timeout = 180_000;
const { packed, add } = await openInstaller();
const names = packed.map(({ name }) => name);
/** The command line package has only a command. */
const importable = packed.flatMap(({ name, manifest }) =>
  manifest.exports?.["."] === undefined ? [] : name,
);

const folders = await readdir(join(root, "packages"));
const documents = ["README.md", ...folders.map((folder) => `packages/${folder}/README.md`)];

/** The examples of a README, and what each says it prints, line by line. */
const examples = (
  await Promise.all(documents.filter((path) => existsSync(join(root, path))).map(readExamples))
).flat();

async function readExamples(document: string) {
  const markdown = await readFile(join(root, document), "utf8");
  const installs = /npm install (.*?)[`\n]/.exec(markdown)?.[1]?.split(" ") ?? [];
  return [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = ""], index) => ({
    ...{ document, file: `${document.replaceAll(/\W/g, "-")}-${index}`, text, installs },
    imports: [...text.matchAll(/ from "((?:@x\/)?[a-z][^":/]*)"/g)].map(([, from = ""]) => from),
    prints: [...text.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line = ""]) => line),
  }));
}

describe("packed packages", { timeout }, () => {
  it.each(packed)("$name says all about itself, and brings its licence", ({ name, manifest, files }) => {
    const folder = `${importable.includes(name) ? "packages" : "apps"}/${name.slice("@x/".length)}`;
    expect(manifest).toMatchObject({
      description: expect.any(String),
      keywords: expect.arrayContaining(["culvert"]),
      license: "Apache-2.0",
      homepage: expect.stringMatching(/^https:/),
      bugs: { url: expect.stringMatching(/^https:/) },
      repository: { type: "git", directory: folder },
      engines: { node: expect.stringMatching(/^>=/) },
    });
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
    expect(files.filter((file) => /\.test\.|tsbuildinfo|(^|\/)src\//.test(file))).toEqual([]);
  });

  it.each(packed)("$name imports what Node brings by its full name", async ({ tarball, files }) => {
    const modules = files.filter((file) => file.endsWith(".js"));
    const code = await Promise.all(modules.map((file) => readPacked(tarball, file)));
    const imported = [...code.join("\n").matchAll(/^(?:import|export|\} from)\b[^"\n]*"([^"\n]+)";$/gm)];
    expect(imported.map(([, from = ""]) => from).filter((from) => builtinModules.includes(from))).toEqual([]);
  });

  it("no two of them differ in version, and each takes the others in that version", () => {
    for (const { manifest } of packed) {
      expect(manifest.version).toBe(packed[0]?.manifest.version);
      const dependencies = Object.entries((manifest.dependencies ?? {}) as Record<string, string>);
      const ranges = dependencies.flatMap(([name, range]) => (name.startsWith("@x/") ? range : []));
      expect(ranges).toEqual(ranges.map(() => `^${manifest.version}`));
    }
  });

  it.each(importable)("%s installs alone into an empty folder and can be imported", async (name) => {
    const { folder } = await add(npm, [name]);
    const count = await evaluate(folder, `console.log(Object.keys(await import("${name}")).length)`);
    expect(Number(count)).toBeGreaterThan(0);
  });
});

describe("packages and the examples of their READMEs", { timeout }, async () => {
  const { folder } = await add(npm, importable);

  it("compile, with nothing of theirs left unchecked", async () => {
    for (const name of ["vitest", "@types/node"]) {
      await mkdir(join(folder, "node_modules", name, ".."), { recursive: true });
      await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
    }
    const lines = importable.map((name, index) => `export * as p${index} from "${name}";\n`);
    await writeFile(join(folder, "all.ts"), lines.join(""));
    for (const { file, text } of examples) await writeFile(join(folder, `${file}.ts`), text);
    const options = {
      target: "es2022",
      lib: ["es2023", "esnext.disposable"],
      module: "nodenext",
      strict: true,
    };
    const compilerOptions = { ...options, types: ["node"], rootDir: ".", outDir: "out" };
    const write = (include: string, more = {}): Promise<void> =>
      writeFile(
        join(folder, "tsconfig.json"),
        JSON.stringify({ compilerOptions: { ...compilerOptions, ...more }, include: [include] }),
      );
    const compile = () => execa(join(root, "node_modules/.bin/tsc"), ["-p", folder], { reject: false });
    await write("all.ts");
    expect((await compile()).stdout).toBe("");
    // Examples may use what is no dependency of ours, such as a test runner.
    await write("*.ts", { skipLibCheck: true });
    expect((await compile()).stdout).toBe("");
  });

  it.each(examples)("$file imports what its README installs", ({ imports, installs }) => {
    expect(installs).toEqual(expect.arrayContaining(imports));
  });

  it.each(examples.filter(({ prints }) => prints.length > 0))(
    "$file prints what it says",
    async (example) => {
      const { stdout } = await execa(process.execPath, [join(folder, "out", `${example.file}.js`)], {
        timeout: 10_000,
      });
      expect(stdout.split("\n")).toEqual(example.prints);
    },
  );
});

describe.each(packageManagers)("$name", { timeout }, (manager) => {
  it("adds @x/routing and @x/transport-tcp with core, the kit and nothing else, and they can be imported", async ({
    skip,
  }) => {
    const absent = await whyAbsent(manager);
    skip(absent !== undefined, absent);
    const { folder, output } = await add(manager, ["@x/routing", "@x/transport-tcp"]);
    expect(output).not.toMatch(/\bwarn|ignored|\berr/i);
    const expected = ["@x/core", "@x/routing", "@x/transport-kit", "@x/transport-tcp"];
    expect((await listInstalled(folder)).names).toEqual(expected);
    const script = `await import("@x/routing"); await import("@x/transport-tcp"); console.log("imported");`;
    expect(await evaluate(folder, script)).toBe("imported");
  });

  it("adds all packages without a warning or a script; the README's example and the culvert command run", async ({
    skip,
  }) => {
    const absent = await whyAbsent(manager);
    skip(absent !== undefined, absent);
    const { folder, output } = await add(manager, names);
    expect(output.replaceAll("process-warning", "")).not.toMatch(/\bwarn|ignored|\berr/i);
    const installed = await listInstalled(folder);
    expect(installed.names).toEqual(expect.arrayContaining(names));
    expect(installed.withScripts).toEqual([]);
    // The type of a resource that is disposed of is syntax that Node 20 lacks.
    const example = examples.find(({ document, imports }) => document === "README.md" && imports.length > 0);
    const text = (example?.text ?? "").replaceAll("await using ", "const ");
    expect(await evaluate(folder, `${text}\nawait Promise.all([client.close(), server.close()]);`)).toBe(
      "HELLO",
    );
    const { stdout } = await execa(join(folder, "node_modules/.bin/culvert"), ["--version"], { cwd: folder });
    expect(stdout).toBe(packed[0]?.manifest.version);
  });
});
