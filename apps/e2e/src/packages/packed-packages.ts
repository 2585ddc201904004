import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const commandTimeoutMs = 60_000;

/** A published package of this repository. */
export interface PublishedPackage {
  readonly name: string;
  readonly folder: string;
  /** Names of the packages of this repository that it depends on, directly. */
  readonly ownDependencies: readonly string[];
  /** Whether it can be imported: the command line package has only a command. */
  readonly importable: boolean;
}

/** Finds all packages that are published. */
export async function findPublishedPackages(): Promise<readonly PublishedPackage[]> {
  const folders = (await Promise.all(["packages", "apps"].map((kind) => foldersOf(join(root, kind))))).flat();
  const packages = await Promise.all(folders.map(readPackage));
  return packages.filter((found) => found !== undefined);
}

async function foldersOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}

async function readPackage(folder: string): Promise<PublishedPackage | undefined> {
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  if (manifest.private) return undefined;
  const ownDependencies = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith("@x/"));
  return { name: manifest.name, folder, ownDependencies, importable: manifest.exports?.["."] !== undefined };
}

/** Packs packages as publishing would, and installs them into empty folders. */
export class PackingBench implements AsyncDisposable {
  readonly #folder: string;
  readonly #packages: ReadonlyMap<string, PublishedPackage>;
  readonly #tarballs = new Map<string, Promise<string>>();

  private constructor(folder: string, packages: readonly PublishedPackage[]) {
    this.#folder = folder;
    this.#packages = new Map(packages.map((each) => [each.name, each]));
  }

  /** Makes a bench in a temporary folder. */
  static async create(packages: readonly PublishedPackage[]): Promise<PackingBench> {
    return new PackingBench(await mkdtemp(join(tmpdir(), "culvert-packed-")), packages);
  }

  /**
   * Installs the named packages, and what they need of this repository, into an empty folder.
   *
   * @returns the folder
   */
  async install(...names: readonly string[]): Promise<string> {
    const closure = this.#closure(names);
    const tarballs = await Promise.all(closure.map((name) => this.#tarball(name)));
    const folder = await mkdtemp(join(this.#folder, "consumer-"));
    const dependencies = Object.fromEntries(closure.map((name, index) => [name, `file:${tarballs[index]}`]));
    // Overrides make the packages inside the tarballs resolve to each other, as a registry would.
    const manifest = { private: true, type: "module", dependencies, overrides: dependencies };
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    const flags = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
    await run("npm", flags, { cwd: folder, timeout: commandTimeoutMs });
    return folder;
  }

  /** Runs a script in a folder that `install` made, and resolves with what it printed. */
  async evaluate(folder: string, script: string): Promise<string> {
    const flags = ["--input-type=module", "--eval", script];
    const { stdout } = await run(process.execPath, flags, { cwd: folder, timeout: commandTimeoutMs });
    return stdout.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #closure(names: readonly string[]): readonly string[] {
    const found = new Set<string>();
    const visit = (name: string): void => {
      if (found.has(name)) return;
      found.add(name);
      for (const dependency of this.#packages.get(name)?.ownDependencies ?? []) visit(dependency);
    };
    for (const name of names) visit(name);
    return [...found];
  }

  #tarball(name: string): Promise<string> {
    const known = this.#tarballs.get(name) ?? this.#pack(name);
    this.#tarballs.set(name, known);
    return known;
  }

  async #pack(name: string): Promise<string> {
    const found = this.#packages.get(name);
    if (found === undefined) throw new Error(`Cannot pack ${name}: no such package`);
    const destination = join(this.#folder, name.replaceAll("/", "-"));
    await mkdir(destination);
    await run("pnpm", ["pack", "--pack-destination", destination], {
      cwd: found.folder,
      timeout: commandTimeoutMs,
    });
    const [tarball] = await readdir(destination);
    if (tarball === undefined) throw new Error(`Cannot pack ${name}: nothing was written`);
    return join(destination, tarball);
  }
}
