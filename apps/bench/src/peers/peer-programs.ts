/** A tunnel in Go, and how its module wants to be built. */
export interface GoPeer {
  readonly module: string;
  readonly version: string;
  /** Commands inside the module, relative to its root; the root itself when empty. */
  readonly commands: readonly string[];
  /** The `replace` lines of the module's own go.mod: `go` heeds only those of the main module. */
  readonly replaces: readonly string[];
}

/** A tunnel in Rust, from the usual place of crates. */
export interface RustPeer {
  readonly crate: string;
  readonly version: string;
  readonly options: readonly string[];
}

/** Versions are pinned, so that figures of different days are about the same programs. */
export const goPeers: readonly GoPeer[] = [
  {
    module: "github.com/fatedier/frp",
    version: "v0.61.1",
    commands: ["cmd/frps", "cmd/frpc"],
    replaces: ["github.com/hashicorp/yamux => github.com/fatedier/yamux v0.0.0-20230628132301-7aca4898904d"],
  },
  { module: "github.com/jpillora/chisel", version: "v1.10.1", commands: [], replaces: [] },
];

export const rustPeers: readonly RustPeer[] = [
  { crate: "bore-cli", version: "0.6.0", options: ["--locked"] },
  // Not --locked: a dependency in its lock file does not compile with today's Rust. Without TLS, which is not measured.
  { crate: "rathole", version: "0.5.0", options: ["--no-default-features", "--features", "server,client"] },
];

/**
 * The go.mod of a module that exists only to require the peer, at its version.
 * `go install module@version` would do for most, but refuses modules with `replace`.
 */
export function moduleFile({ module, version, replaces }: GoPeer): string {
  const lines = ["module peers", "go 1.22.0", `require ${module} ${version}`];
  return `${[...lines, ...replaces.map((replace) => `replace ${replace}`)].join("\n\n")}\n`;
}

/** What `go install` is given there. */
export function packagesOf({ module, commands }: GoPeer): readonly string[] {
  return commands.length === 0 ? [module] : commands.map((command) => `${module}/${command}`);
}
