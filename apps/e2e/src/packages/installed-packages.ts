import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Manifest } from "./packed-packages.js";

const run = promisify(execFile);
const installScripts = ["preinstall", "install", "postinstall"];

/** A package as it lies in a `node_modules` folder. */
export interface InstalledPackage {
  readonly name: string;
  readonly folder: string;
  /** Whether package managers would run something of it, if they were let. */
  readonly hasInstallScript: boolean;
}

/** All packages below a project's `node_modules`, however deep; links are not followed, so each comes once. */
export async function listInstalled(project: string): Promise<readonly InstalledPackage[]> {
  const entries = await readdir(join(project, "node_modules"), { recursive: true, withFileTypes: true });
  const manifests = entries
    .filter((entry) => entry.name === "package.json" && isPackageFolder(entry.parentPath))
    .map((entry) => readInstalled(entry.parentPath));
  return (await Promise.all(manifests)).sort((left, right) => left.name.localeCompare(right.name));
}

function isPackageFolder(folder: string): boolean {
  return /\/node_modules\/(?:@[^/]+\/)?[^/@.][^/]*$/.test(folder);
}

async function readInstalled(folder: string): Promise<InstalledPackage> {
  const { name, scripts = {} }: Manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const isAddon = existsSync(join(folder, "binding.gyp"));
  return { name, folder, hasInstallScript: isAddon || installScripts.some((each) => each in scripts) };
}

/** Runs a script, an ECMAScript module, in a project's folder and resolves with what it printed on both outputs. */
export async function evaluate(project: string, script: string): Promise<string> {
  const flags = ["--input-type=module", "--eval", script];
  const { stdout, stderr } = await run(process.execPath, flags, { cwd: project, timeout: 30_000 });
  return (stdout + stderr).trim();
}
