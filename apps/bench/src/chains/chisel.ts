import { startCommand } from "../process/command.js";
import { findFreePorts } from "../process/free-port.js";
import { type Chain, startChain } from "./chain.js";
import { findCommand, missingCommands } from "./commands-present.js";
import { waitUntilJoined, waitUntilListening } from "./wait-until-joined.js";

/** Visitor → chisel server → chisel client → target. Its SSH over WebSocket cannot be switched off. */
export const chiselChain: Chain = {
  name: "chisel",
  title: "`chisel` server + client (Go, encrypted)",
  missing: () => missingCommands("chisel"),
  start: (targets) =>
    startChain(async (opened) => {
      const chisel = findCommand("chisel") ?? "chisel";
      const [port, ...entries] = await findFreePorts(1 + targets.length);
      const server = startCommand(chisel, [
        ...["server", "--host", "127.0.0.1", "--port", String(port), "--reverse"],
      ]);
      opened.push(server);
      await waitUntilListening(port);
      const remotes = targets.map((target, index) => `R:127.0.0.1:${entries[index]}:127.0.0.1:${target}`);
      const client = startCommand(chisel, ["client", `127.0.0.1:${port}`, ...remotes]);
      opened.push(client);
      await waitUntilJoined(entries);
      return { entries, pids: [server.pid, client.pid] };
    }),
};
