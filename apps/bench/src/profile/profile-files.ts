import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CpuProfile } from "./cpu-profile.js";

const option = "--cpu-prof-dir=";

/** The folder this process and its roles write CPU profiles to, or nothing when they write none. */
export function profileFolder(options: readonly string[] = process.execArgv): string | undefined {
  if (!options.includes("--cpu-prof")) return undefined;
  return options.find((one) => one.startsWith(option))?.slice(option.length) ?? ".";
}

/** The profile that a process left when it ended. Its file is `CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile`. */
export function readProfile(folder: string, pid: number): CpuProfile | undefined {
  const name = readdirSync(folder).find((file) => file.split(".")[3] === String(pid));
  return name === undefined
    ? undefined
    : (JSON.parse(readFileSync(join(folder, name), "utf8")) as CpuProfile);
}
