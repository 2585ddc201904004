#!/bin/sh
# Compiles tunnels of others, to be measured beside, into peers/bin, at the least priority.
# Versions are pinned, so that figures of different days are about the same programs.
set -eu
renice -n 19 $$ >/dev/null
peers=$(cd "$(dirname "$0")" && pwd)/peers
mkdir -p "$peers/build"
cd "$peers/build"
# `go install module@version` refuses modules with `replace`, and heeds only the lines of the main module.
cat >go.mod <<'MODULE'
module peers

go 1.22.0

require github.com/fatedier/frp v0.61.1

require github.com/jpillora/chisel v1.10.1

replace github.com/hashicorp/yamux => github.com/fatedier/yamux v0.0.0-20230628132301-7aca4898904d
MODULE
export GOBIN="$peers/bin" GOFLAGS="${GOFLAGS:-} -mod=mod"
go install -p 1 github.com/fatedier/frp/cmd/frps github.com/fatedier/frp/cmd/frpc
go install -p 1 github.com/jpillora/chisel
cargo install -j1 --locked --root "$peers" bore-cli@0.6.0
# Not --locked: a dependency in its lock file does not compile with today's Rust. Without TLS, which is not measured.
cargo install -j1 --no-default-features --features server,client --root "$peers" rathole@0.5.0
