import { randomBytes } from "node:crypto";
import { startCommand } from "../process/command.js";
import { findFreePorts, waitUntilJoined, waitUntilListening } from "../process/ready.js";
import type { Chain } from "./chain.js";
import { openFolder, writeLines } from "./private-folder.js";

/** Ports and files of a tunnel: visitor → entry of the server → client → target. */
interface TunnelSite {
  /** Where the server waits for its client. */
  readonly port: number;
  /** From each entry to its target. */
  readonly ways: readonly { readonly entry: number; readonly target: number }[];
  /** Writes lines into a private file and gives its path. */
  file(lines: readonly string[]): string;
}

/** The commands of a tunnel in another language: one server, and one client or more. */
interface TunnelPlan {
  readonly programs: readonly string[];
  /** Where the server waits for its client, if it cannot be told. Default: any free port. */
  readonly port?: number;
  server(site: TunnelSite): readonly string[];
  clients(site: TunnelSite): readonly (readonly string[])[];
}

function tunnel(name: string, title: string, plan: TunnelPlan): Chain {
  const { programs, server, clients } = plan;
  const [serverProgram = name, clientProgram = serverProgram] = programs;
  return {
    name,
    title,
    programs,
    start: async ({ targets, opened }) => {
      const folder = openFolder(opened, name);
      const [free, ...entries] = await findFreePorts(1 + targets.length);
      const { port = free } = plan;
      const ways = targets.map((target, index) => ({ entry: entries[index] ?? 0, target }));
      const file = (lines: readonly string[]): string =>
        writeLines(folder, `${randomBytes(4).toString("hex")}.toml`, lines);
      const site = { port, ways, file };
      const pids = [startCommand(opened, serverProgram, server(site))];
      await waitUntilListening(port);
      pids.push(...clients(site).map((args) => startCommand(opened, clientProgram, args)));
      await waitUntilJoined(entries);
      return { entries, pids };
    },
  };
}

// Warnings only: at its default level frp logs every connection.
const quiet = 'log.level = "warn"';

/** TLS, on by default, is off: Culvert seals nothing yet, and the race shall be even. */
const frpChain = tunnel("frp", "`frps` + `frpc` (Go, without TLS)", {
  programs: ["frps", "frpc"],
  server: ({ port, file }) => [
    "-c",
    file(['bindAddr = "127.0.0.1"', `bindPort = ${port}`, 'proxyBindAddr = "127.0.0.1"', quiet]),
  ],
  clients: ({ port, ways, file }) => {
    const head = ['serverAddr = "127.0.0.1"', `serverPort = ${port}`, "transport.tls.enable = false", quiet];
    const proxies = ways.flatMap(({ entry, target }) => [
      ...["[[proxies]]", `name = "bench-${entry}"`, 'type = "tcp"'],
      ...['localIP = "127.0.0.1"', `localPort = ${target}`, `remotePort = ${entry}`],
    ]);
    return [["-c", file([...head, ...proxies])]];
  },
});

const token = randomBytes(16).toString("hex");

/** Over plain TCP, its default. */
const ratholeChain = tunnel("rathole", "`rathole` server + client (Rust)", {
  programs: ["rathole"],
  server: ({ port, ways, file }) => {
    const services = ways.flatMap(({ entry }, index) => [
      ...[`[server.services.bench-${index}]`, `token = "${token}"`, `bind_addr = "127.0.0.1:${entry}"`],
    ]);
    return ["--server", file(["[server]", `bind_addr = "127.0.0.1:${port}"`, ...services])];
  },
  clients: ({ port, ways, file }) => {
    const services = ways.flatMap(({ target }, index) => [
      ...[`[client.services.bench-${index}]`, `token = "${token}"`, `local_addr = "127.0.0.1:${target}"`],
    ]);
    return [["--client", file(["[client]", `remote_addr = "127.0.0.1:${port}"`, ...services])]];
  },
});

/** Its SSH over WebSocket cannot be switched off. */
const chiselChain = tunnel("chisel", "`chisel` server + client (Go, encrypted)", {
  programs: ["chisel"],
  server: ({ port }) => ["server", "--host", "127.0.0.1", "--port", String(port), "--reverse"],
  clients: ({ port, ways }) => {
    const remotes = ways.map(({ entry, target }) => `R:127.0.0.1:${entry}:127.0.0.1:${target}`);
    return [["client", `127.0.0.1:${port}`, ...remotes]];
  },
});

/** One client for each target; every bore server waits for its clients at the same port. */
const boreChain = tunnel("bore", "`bore` server + local (Rust)", {
  programs: ["bore"],
  port: 7835,
  server: () => ["server", "--bind-addr", "127.0.0.1"],
  clients: ({ ways }) =>
    ways.map(({ entry, target }) => [
      ...["local", String(target), "--local-host", "127.0.0.1", "--to", "127.0.0.1", "--port", String(entry)],
    ]),
});

/** Tunnels in other languages, measured beside ours where they are installed; no bar of the design is about them. */
export const tunnelChains: readonly Chain[] = [frpChain, ratholeChain, chiselChain, boreChain];
