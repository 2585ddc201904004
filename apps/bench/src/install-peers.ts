import { mkdirSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { peersFolder } from "./process/command.js";

// Versions are pinned, so that figures of different days are about the same programs.
const [frp, chisel] = ["github.com/fatedier/frp", "github.com/jpillora/chisel"];

/**
 * A module that requires the tunnels in Go, at their versions: `go install module@version` refuses modules with `replace`, and heeds
 * only the lines of the main module.
 */
const goModule = `module peers

go 1.22.0

require ${frp} v0.61.1

require ${chisel} v1.10.1

replace github.com/hashicorp/yamux => github.com/fatedier/yamux v0.0.0-20230628132301-7aca4898904d
`;

const commands = [
  ["go", "install", "-p", "1", `${frp}/cmd/frps`, `${frp}/cmd/frpc`],
  ["go", "install", "-p", "1", chisel],
  ["cargo", "install", "-j1", "--locked", "--root", peersFolder, "bore-cli@0.6.0"],
  // Not --locked: a dependency in its lock file does not compile with today's Rust. Without TLS, which is not measured.
  [
    ...["cargo", "install", "-j1", "--no-default-features", "--features", "server,client"],
    ...["--root", peersFolder, "rathole@0.5.0"],
  ],
];

// Compiling takes minutes and must not disturb whatever else the machine does.
setPriority(19);
const cwd = join(peersFolder, "build");
mkdirSync(cwd, { recursive: true });
writeFileSync(join(cwd, "go.mod"), goModule);
const env = { GOBIN: join(peersFolder, "bin"), GOFLAGS: `${process.env.GOFLAGS ?? ""} -mod=mod`.trim() };
for (const [file = "", ...args] of commands) {
  const { failed } = await execa(file, args, { cwd, env, stdio: "inherit", reject: false, verbose: "short" });
  if (failed) process.exitCode = 1;
}
