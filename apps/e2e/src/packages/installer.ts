import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll } from "vitest";

/** The repository. */
export const root: string = fileURLToPath(new URL("../../../../", import.meta.url));

/** The pnpm that this repository is built with. */
export const pnpmVersion: string = JSON.parse(await readFile(join(root, "package.json"), "utf8")).devEngines
  .packageManager.version;

/** Longest run of a package manager, and of a script, in milliseconds. */
const [managerTimeoutMs, scriptTimeoutMs] = [120_000, 30_000];

/** What is read here of a `package.json`. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A published package of this repository, packed as publishing would. */
export interface PackedPackage {
  readonly name: string;
  readonly manifest: Manifest;
  readonly tarball: string;
  /** Its files by their path in the package, without directories. */
  readonly files: readonly string[];
}

/** A program that installs packages, and the command that adds some, without their names. */
export interface PackageManager {
  readonly name: string;
  readonly add: readonly string[];
}

/** The one that is there wherever Node is. */
export const npm: PackageManager = {
  name: "npm",
  add: ["npm", "install", "--no-audit", "--no-fund", "--prefer-offline"],
};

/** Those that people use; all but npm itself come by `npx`, in these versions. */
export const packageManagers: readonly PackageManager[] = [
  npm,
  { name: "pnpm", add: ["npx", "-y", `pnpm@${pnpmVersion}`, "add", "--prefer-offline"] },
  { name: "yarn 1", add: ["npx", "-y", "yarn@1.22.22", "add", "--non-interactive"] },
  { name: "yarn 4", add: ["npx", "-y", "@yarnpkg/cli-dist@4.18.1", "add"] },
];

/** Says why a package manager cannot be had here, or nothing if it can. */
export async function whyAbsent({ add: [file = "", ...rest] }: PackageManager): Promise<string | undefined> {
  const args = [...(file === "npx" ? rest.slice(0, 2) : []), "--version"];
  const { failed, stderr } = await execa(file, args, { timeout: managerTimeoutMs, reject: false });
  return failed ? `${file} ${args.join(" ")} does not run: ${stderr}` : undefined;
}

/** The text of one file of a tarball. */
export async function readPacked(tarball: string, file: string): Promise<string> {
  return (await execa("tar", ["-xzOf", tarball, `package/${file}`])).stdout;
}

/** Runs a script, an ECMAScript module, in a project's folder and resolves with what it printed on both outputs. */
export async function evaluate(project: string, script: string): Promise<string> {
  const args = ["--input-type=module", "--eval", script];
  const options = { cwd: project, timeout: scriptTimeoutMs, all: true } as const;
  return (await execa(process.execPath, args, options)).all.trim();
}

/** Names of all packages below a project's `node_modules`, however deep; links are not followed. */
export async function listInstalled(project: string): Promise<{ names: string[]; withScripts: string[] }> {
  const entries = await readdir(join(project, "node_modules"), { recursive: true, withFileTypes: true });
  const isPackage = (folder: string): boolean => /\/node_modules\/(?:@[^/]+\/)?[^/@.][^/]*$/.test(folder);
  const names: string[] = [];
  const withScripts: string[] = [];
  for (const { name: file, parentPath } of entries) {
    if (file !== "package.json" || !isPackage(parentPath)) continue;
    const { name, scripts = {} }: Manifest = JSON.parse(await readFile(join(parentPath, file), "utf8"));
    const runs = ["preinstall", "install", "postinstall"].some((script) => script in scripts);
    names.push(name);
    if (runs || existsSync(join(parentPath, "binding.gyp"))) withScripts.push(name);
  }
  return { names: names.sort(), withScripts };
}

async function packAll(destination: string): Promise<readonly PackedPackage[]> {
  const everyPackage = ["--filter", "./packages/*", "--filter", "@x/cli"];
  const pack = ["-y", `pnpm@${pnpmVersion}`, ...everyPackage, "pack", "--pack-destination", destination];
  await execa("npx", pack, { cwd: root, timeout: managerTimeoutMs });
  const tarballs = (await readdir(destination)).sort().map((name) => join(destination, name));
  return Promise.all(
    tarballs.map(async (tarball) => {
      const manifest: Manifest = JSON.parse(await readPacked(tarball, "package.json"));
      const { stdout } = await execa("tar", ["-tzf", tarball]);
      const files = stdout.split("\n").filter((line) => line !== "" && !line.endsWith("/"));
      return {
        name: manifest.name,
        manifest,
        tarball,
        files: files.map((path) => path.slice("package/".length)),
      };
    }),
  );
}

/** What a registry says of a package. All versions count as a year old, because some managers take no package of today. */
function describePackage({ name, manifest }: PackedPackage, bytes: Buffer, registry: string): object {
  const { version } = manifest;
  const dist = {
    tarball: `${registry}${name}/-/${name.slice(name.indexOf("/") + 1)}-${version}.tgz`,
    integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
    shasum: createHash("sha1").update(bytes).digest("hex"),
  };
  const lastYear = new Date(Date.now() - 365 * 24 * 3_600_000).toISOString();
  const time = { created: lastYear, modified: lastYear, [version]: lastYear };
  return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } }, time };
}

/** Serves packages on loopback as package managers ask for them. Gives where. */
async function startRegistry(packages: readonly PackedPackage[]): Promise<string> {
  // Caches of package managers know packages by the registry's address, so no two registries may share one.
  const path = `/${randomUUID()}/`;
  const answer = async (url: string, response: ServerResponse): Promise<unknown> => {
    const [name, file] = decodeURIComponent(url.slice(path.length)).split("/-/");
    const found = packages.find((each) => each.name === name);
    if (found === undefined) return response.writeHead(404).end();
    const bytes = await readFile(found.tarball);
    if (file !== undefined) return response.end(bytes);
    response.setHeader("content-type", "application/json");
    return response.end(JSON.stringify(describePackage(found, bytes, address)));
  };
  const server = createServer((request, response) => void answer(request.url ?? "", response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return address;
}

/** Our packages as they would be published, to be added to projects in a temporary folder. */
export interface Installer {
  readonly packed: readonly PackedPackage[];
  /** Adds packages to a new and empty project, as a user would type it. Gives its folder, and all that was printed. */
  add(
    manager: PackageManager,
    names: readonly string[],
  ): Promise<{ readonly folder: string; readonly output: string }>;
}

/** Packs all packages, which must be built, and opens a registry that has them. All ends with the file's tests. */
export async function openInstaller(): Promise<Installer> {
  const parent = await mkdtemp(join(tmpdir(), "culvert-packed-"));
  afterAll(() => rm(parent, { recursive: true, force: true }));
  const packed = await packAll(await mkdtemp(join(parent, "tarballs-")));
  const registry = await startRegistry(packed);
  // Our environment without what the package manager that started us says to its children.
  const own = Object.entries(process.env).filter(([name]) => !/^(npm|pnpm)_/i.test(name));
  const env = {
    ...Object.fromEntries(own),
    // Both find a package by its name and version, whatever its bytes are, so they may keep none of ours.
    YARN_CACHE_FOLDER: join(parent, "yarn-cache"),
    YARN_GLOBAL_FOLDER: join(parent, "yarn"),
    pnpm_config_cache_dir: join(parent, "pnpm-cache"),
  };
  const yarn4 = {
    ...{ enableTelemetry: false, nodeLinker: "node-modules", unsafeHttpWhitelist: ["127.0.0.1"] },
    npmScopes: { x: { npmRegistryServer: registry } },
  };
  const project = { name: "project", version: "1.0.0", private: true, type: "module", license: "UNLICENSED" };
  const add: Installer["add"] = async ({ add: [file = "", ...rest] }, names) => {
    const folder = await mkdtemp(join(parent, "project-"));
    for (const [name, text] of [
      ["package.json", JSON.stringify(project)],
      [".npmrc", `@x:registry=${registry}\n`],
      [".yarnrc.yml", JSON.stringify(yarn4)],
      ["yarn.lock", ""],
    ] as const)
      await writeFile(join(folder, name), text);
    const options = { cwd: folder, timeout: managerTimeoutMs, env, extendEnv: false, all: true } as const;
    return { folder, output: (await execa(file, [...rest, ...names], options)).all };
  };
  return { packed, add };
}
