import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** The pnpm that this repository is built with. */
export const pnpmVersion: string = JSON.parse(await readFile(join(root, "package.json"), "utf8")).devEngines
  .packageManager.version;

/** A published package of this repository, packed as publishing would. */
export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  readonly manifest: Manifest;
  readonly tarball: string;
  /** Its files by their path in the package, without directories. */
  readonly files: readonly string[];
}

/** What is read here of a `package.json`. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** Packs all packages that are published into a new folder below `folder`. They must be built. */
export async function packAll(folder: string): Promise<readonly PackedPackage[]> {
  const destination = await mkdtemp(join(folder, "tarballs-"));
  const everyPackage = ["--filter", "./packages/*", "--filter", "@x/cli"];
  const pack = ["-y", `pnpm@${pnpmVersion}`, ...everyPackage, "pack", "--pack-destination", destination];
  await run("npx", pack, { cwd: root, timeout: 60_000 });
  const tarballs = (await readdir(destination)).sort();
  return Promise.all(tarballs.map((name) => readTarball(join(destination, name))));
}

async function readTarball(tarball: string): Promise<PackedPackage> {
  const manifest: Manifest = JSON.parse(await readPacked(tarball, "package.json"));
  const { stdout } = await run("tar", ["-tzf", tarball]);
  const files = stdout.split("\n").filter((line) => line !== "" && !line.endsWith("/"));
  return {
    name: manifest.name,
    version: manifest.version,
    manifest,
    tarball,
    files: files.map((path) => path.slice("package/".length)),
  };
}

/** The text of one file of a tarball. */
export async function readPacked(tarball: string, file: string): Promise<string> {
  const limits = { maxBuffer: 16 * 1024 * 1024 };
  const { stdout } = await run("tar", ["-xzOf", tarball, `package/${file}`], limits);
  return stdout;
}
