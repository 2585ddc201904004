import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import {
  type GoPeer,
  goPeers,
  moduleFile,
  packagesOf,
  type RustPeer,
  rustPeers,
} from "./peers/peer-programs.js";
import { peersFolder } from "./peers/peers-folder.js";

/** Least priority: compiling takes minutes and must not disturb whatever else the machine does. */
const lowestPriority = 19;

/** Compiles the tunnels of others with their own tools into `apps/bench/peers/bin`. One that fails does not stop the others. */
function installPeers(): void {
  setPriority(lowestPriority);
  const failed = [
    ...goPeers.filter((peer) => !installGoPeer(peer)).map(({ module }) => module),
    ...rustPeers.filter((peer) => !installRustPeer(peer)).map(({ crate }) => crate),
  ];
  if (failed.length === 0) return void process.stdout.write(`Installed in ${join(peersFolder, "bin")}\n`);
  process.stderr.write(`Cannot install ${failed.join(", ")}: see above\n`);
  process.exitCode = 1;
}

function installGoPeer(peer: GoPeer): boolean {
  const folder = join(peersFolder, "build", peer.module.replaceAll("/", "-"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "go.mod"), moduleFile(peer));
  const flags = `${process.env.GOFLAGS ?? ""} -mod=mod`.trim();
  const environment = { GOBIN: join(peersFolder, "bin"), GOFLAGS: flags };
  return run("go", ["install", "-p", "1", ...packagesOf(peer)], folder, environment);
}

function installRustPeer({ crate, version, options }: RustPeer): boolean {
  mkdirSync(peersFolder, { recursive: true });
  return run(
    "cargo",
    ["install", "-j1", ...options, "--root", peersFolder, `${crate}@${version}`],
    peersFolder,
    {},
  );
}

function run(
  command: string,
  args: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>>,
): boolean {
  process.stdout.write(`${command} ${args.join(" ")}\n`);
  const env = { ...process.env, ...environment };
  const { status, error } = spawnSync(command, args, { cwd: folder, env, stdio: "inherit" });
  if (error !== undefined) process.stderr.write(`Cannot run ${command}: ${error.message}\n`);
  return status === 0;
}

installPeers();
