import { randomBytes } from "node:crypto";
import { type Command, startCommand } from "../process/command.js";
import { findFreePorts } from "../process/free-port.js";
import { type Chain, startChain } from "./chain.js";
import { findCommand, missingCommands } from "./commands-present.js";
import { openFolder, writeLines } from "./private-folder.js";
import { waitUntilJoined, waitUntilListening } from "./wait-until-joined.js";

/** Visitor → rathole server → rathole client → target, over plain TCP, its default. */
export const ratholeChain: Chain = {
  name: "rathole",
  title: "`rathole` server + client (Rust)",
  missing: () => missingCommands("rathole"),
  start: (targets) =>
    startChain(async (opened) => {
      const folder = openFolder(opened, "rathole");
      const token = randomBytes(16).toString("hex");
      const [port, ...entries] = await findFreePorts(1 + targets.length);
      const services = (side: "server" | "client", key: string, ports: readonly number[]): string[] =>
        ports.flatMap((one, index) => serviceLines(`${side}.services.bench-${index}`, token, key, one));
      const server = startRathole("--server", folder, [
        "[server]",
        `bind_addr = "127.0.0.1:${port}"`,
        ...services("server", "bind_addr", entries),
      ]);
      opened.push(server);
      await waitUntilListening(port);
      const client = startRathole("--client", folder, [
        "[client]",
        `remote_addr = "127.0.0.1:${port}"`,
        ...services("client", "local_addr", targets),
      ]);
      opened.push(client);
      await waitUntilJoined(entries);
      return { entries, pids: [server.pid, client.pid] };
    }),
};

function startRathole(side: "--server" | "--client", folder: string, lines: readonly string[]): Command {
  const configuration = writeLines(folder, `${side.slice(2)}.toml`, lines);
  return startCommand(findCommand("rathole") ?? "rathole", [side, configuration]);
}

function serviceLines(section: string, token: string, key: string, port: number): string[] {
  return [`[${section}]`, `token = "${token}"`, `${key} = "127.0.0.1:${port}"`];
}
