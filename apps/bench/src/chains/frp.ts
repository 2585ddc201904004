import { startCommand } from "../process/command.js";
import { findFreePorts } from "../process/free-port.js";
import { type Chain, startChain } from "./chain.js";
import { findCommand, missingCommands } from "./commands-present.js";
import { openFolder, writeLines } from "./private-folder.js";
import { waitUntilJoined, waitUntilListening } from "./wait-until-joined.js";

/** Visitor → frps → frpc → target. TLS, on by default, is off: Culvert seals nothing yet, and the race shall be even. */
export const frpChain: Chain = {
  name: "frp",
  title: "`frps` + `frpc` (Go, without TLS)",
  missing: () => missingCommands("frps", "frpc"),
  start: (targets) =>
    startChain(async (opened) => {
      const folder = openFolder(opened, "frp");
      const [port, ...entries] = await findFreePorts(1 + targets.length);
      const server = startCommand(findCommand("frps") ?? "frps", [
        "-c",
        writeLines(folder, "frps.toml", serverLines(port)),
      ]);
      opened.push(server);
      await waitUntilListening(port);
      const proxies = targets.flatMap((target, index) => proxyLines(target, entries[index] ?? 0));
      const client = startCommand(findCommand("frpc") ?? "frpc", [
        "-c",
        writeLines(folder, "frpc.toml", [...clientLines(port), ...proxies]),
      ]);
      opened.push(client);
      await waitUntilJoined(entries);
      return { entries, pids: [server.pid, client.pid] };
    }),
};

// Warnings only: at its default level frp logs every connection.
const quiet = 'log.level = "warn"';

function serverLines(port: number): string[] {
  return ['bindAddr = "127.0.0.1"', `bindPort = ${port}`, 'proxyBindAddr = "127.0.0.1"', quiet];
}

function clientLines(port: number): string[] {
  return ['serverAddr = "127.0.0.1"', `serverPort = ${port}`, "transport.tls.enable = false", quiet];
}

function proxyLines(target: number, entry: number): string[] {
  return [
    "[[proxies]]",
    `name = "bench-${entry}"`,
    'type = "tcp"',
    'localIP = "127.0.0.1"',
    `localPort = ${target}`,
    `remotePort = ${entry}`,
  ];
}
