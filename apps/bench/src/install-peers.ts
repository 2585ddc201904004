import { mkdirSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { peersFolder } from "./process/command.js";

// Versions are pinned, so that figures of different days are about the same programs.
const goPeers = [
  {
    module: "github.com/fatedier/frp",
    version: "v0.61.1",
    commands: ["/cmd/frps", "/cmd/frpc"],
    // The `replace` lines of the module's own go.mod: `go` heeds only those of the main module.
    replaces: ["github.com/hashicorp/yamux => github.com/fatedier/yamux v0.0.0-20230628132301-7aca4898904d"],
  },
  { module: "github.com/jpillora/chisel", version: "v1.10.1", commands: [""], replaces: [] },
];

const rustPeers = [
  ["bore-cli@0.6.0", "--locked"],
  // Not --locked: a dependency in its lock file does not compile with today's Rust. Without TLS, which is not measured.
  ["rathole@0.5.0", "--no-default-features", "--features", "server,client"],
];

/** Least priority: compiling takes minutes and must not disturb whatever else the machine does. */
const lowestPriority = 19;

/**
 * Compiles a tunnel in Go from a module that exists only to require it, at its version.
 * `go install module@version` would do for most, but refuses modules with `replace`.
 */
async function installGoPeer({
  module,
  version,
  commands,
  replaces,
}: (typeof goPeers)[number]): Promise<boolean> {
  const cwd = join(peersFolder, "build", module.replaceAll("/", "-"));
  mkdirSync(cwd, { recursive: true });
  const lines = ["module peers", "go 1.22.0", `require ${module} ${version}`];
  writeFileSync(join(cwd, "go.mod"), [...lines, ...replaces.map((one) => `replace ${one}`), ""].join("\n\n"));
  const env = { GOBIN: join(peersFolder, "bin"), GOFLAGS: `${process.env.GOFLAGS ?? ""} -mod=mod`.trim() };
  return succeeds("go", ["install", "-p", "1", ...commands.map((command) => module + command)], cwd, env);
}

async function succeeds(file: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  process.stdout.write(`${file} ${args.join(" ")}\n`);
  return !(await execa(file, args, { cwd, env, stdio: "inherit", reject: false })).failed;
}

setPriority(lowestPriority);
mkdirSync(peersFolder, { recursive: true });
const failed: string[] = [];
for (const peer of goPeers) if (!(await installGoPeer(peer))) failed.push(peer.module);
for (const [crate = "", ...options] of rustPeers) {
  const args = ["install", "-j1", ...options, "--root", peersFolder, crate];
  if (!(await succeeds("cargo", args, peersFolder, {}))) failed.push(crate);
}
if (failed.length === 0) process.stdout.write(`Installed in ${join(peersFolder, "bin")}\n`);
else process.stderr.write(`Cannot install ${failed.join(", ")}: see above\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
