import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { pnpmVersion } from "./packed-packages.js";

const run = promisify(execFile);
const timeoutMs = 120_000;

/** A program that installs packages. */
export interface PackageManager {
  readonly name: string;
  /** The command that adds packages, without their names. */
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
export async function whyAbsent({ add }: PackageManager): Promise<string | undefined> {
  const [command = "", ...rest] = add[0] === "npx" ? add.slice(0, 3) : add.slice(0, 1);
  try {
    await run(command, [...rest, "--version"], { timeout: timeoutMs });
    return undefined;
  } catch (error) {
    return `${command} ${rest.join(" ")} does not run: ${String(error)}`;
  }
}

/** A folder into which packages were installed. */
export interface Installation {
  readonly folder: string;
  /** All that the package manager printed. */
  readonly output: string;
}

/**
 * Adds packages to a new and empty project below `parent`, as a user would type it.
 * Packages of the scope `@x` come from `registry`, all others from where the machine has them from.
 */
export async function addPackages(
  { add }: PackageManager,
  names: readonly string[],
  { parent, registry }: { readonly parent: string; readonly registry: string },
): Promise<Installation> {
  const folder = await mkdtemp(join(parent, "project-"));
  const manifest = {
    name: "project",
    version: "1.0.0",
    private: true,
    type: "module",
    license: "UNLICENSED",
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(join(folder, ".npmrc"), `@x:registry=${registry}\n`);
  await writeFile(
    join(folder, ".yarnrc.yml"),
    JSON.stringify({
      enableTelemetry: false,
      nodeLinker: "node-modules",
      npmScopes: { x: { npmRegistryServer: registry } },
      unsafeHttpWhitelist: ["127.0.0.1"],
    }),
  );
  await writeFile(join(folder, "yarn.lock"), "");
  const [command = "", ...rest] = add;
  const env = {
    ...ownEnvironment(),
    // Both find a package by its name and version, whatever its bytes are, so they may keep none of ours.
    YARN_CACHE_FOLDER: join(parent, "yarn-cache"),
    YARN_GLOBAL_FOLDER: join(parent, "yarn"),
    pnpm_config_cache_dir: join(parent, "pnpm-cache"),
  };
  const { stdout, stderr } = await run(command, [...rest, ...names], {
    cwd: folder,
    timeout: timeoutMs,
    env,
  });
  return { folder, output: stdout + stderr };
}

/** Our environment without what the package manager that started us says to its children. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm|pnpm)_/i.test(name)));
}
