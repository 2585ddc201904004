import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const timeoutMs = 60_000;

interface Example {
  /** The README it stands in, relative to the repository. */
  readonly document: string;
  readonly text: string;
  /** What it says it prints, line by line; empty when it is no program that runs by itself. */
  readonly prints: readonly string[];
}

const packages = (await readdir(join(root, "packages"))).map((name) => `packages/${name}`);
const documents = ["README.md", ...packages.map((folder) => `${folder}/README.md`)];
const examples = (await Promise.all(documents.map(readExamples))).flat();
const folder = await mkdtemp(join(tmpdir(), "culvert-examples-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readExamples(document: string): Promise<readonly Example[]> {
  if (!existsSync(join(root, document))) return [];
  const markdown = await readFile(join(root, document), "utf8");
  return [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = ""]) => ({
    document,
    text,
    prints: [...text.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line = ""]) => line),
  }));
}

/** A folder in which the packages are found as if they were installed. */
async function link(): Promise<void> {
  await mkdir(join(folder, "node_modules", "@x"), { recursive: true });
  await mkdir(join(folder, "node_modules", "@types"));
  for (const each of packages)
    await symlink(join(root, each), join(folder, "node_modules", "@x", basename(each)));
  for (const each of ["vitest", "@types/node"]) {
    const target = join(folder, "node_modules", each);
    await mkdir(dirname(target), { recursive: true });
    await symlink(join(root, "node_modules", each), target);
  }
}

async function compile(): Promise<void> {
  await link();
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  const compilerOptions = {
    target: "es2022",
    lib: ["es2023", "esnext.disposable"],
    module: "nodenext",
    strict: true,
    skipLibCheck: true,
    types: ["node"],
    rootDir: ".",
    outDir: "out",
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  await Promise.all(examples.map(({ text }, index) => writeFile(join(folder, `example-${index}.ts`), text)));
  await run(join(root, "node_modules", ".bin", "tsc"), ["-p", folder], { timeout: timeoutMs }).catch(
    (error) => {
      throw new Error(`Cannot compile examples:\n${error.stdout}`);
    },
  );
}

describe("examples of the READMEs", () => {
  it("compile", compile, timeoutMs);

  it.each(documents.filter((document) => existsSync(join(root, document))))(
    "%s installs all that its examples import",
    async (document) => {
      const markdown = await readFile(join(root, document), "utf8");
      const installed = /npm install (.*?)[`\n]/.exec(markdown)?.[1]?.split(" ") ?? [];
      const imported = examples
        .filter((example) => example.document === document)
        .flatMap(({ text }) =>
          [...text.matchAll(/ from "((?:@x\/)?[a-z][^":/]*)"/g)].map(([, from = ""]) => from),
        );
      expect(imported.length).toBeGreaterThan(0);
      expect(installed).toEqual(expect.arrayContaining(imported));
    },
  );

  it.each(
    examples.map((example, index) => ({ ...example, index })).filter(({ prints }) => prints.length > 0),
  )("$document prints what it says", async ({ index, prints }) => {
    const { stdout } = await run(process.execPath, [join(folder, "out", `example-${index}.js`)], {
      timeout: 10_000,
    });
    expect(stdout.trim().split("\n")).toEqual(prints);
  });
});
