import { startCommand } from "../process/command.js";
import { findFreePorts } from "../process/free-port.js";
import { type Chain, startChain } from "./chain.js";
import { findCommand, missingCommands } from "./commands-present.js";
import { waitUntilJoined, waitUntilListening } from "./wait-until-joined.js";

/** Where every bore server waits for its clients: it cannot be told otherwise. */
const controlPort = 7835;

/** Visitor → bore server → bore local → target; one client for each target. */
export const boreChain: Chain = {
  name: "bore",
  title: "`bore` server + local (Rust)",
  missing: () => missingCommands("bore"),
  start: (targets) =>
    startChain(async (opened) => {
      const bore = findCommand("bore") ?? "bore";
      const entries = await findFreePorts(targets.length);
      const server = startCommand(bore, ["server", "--bind-addr", "127.0.0.1"]);
      opened.push(server);
      await waitUntilListening(controlPort);
      const clients = targets.map((target, index) => startLocal(bore, target, entries[index] ?? 0));
      opened.push(...clients);
      await waitUntilJoined(entries);
      return { entries, pids: [server.pid, ...clients.map(({ pid }) => pid)] };
    }),
};

function startLocal(bore: string, target: number, entry: number): ReturnType<typeof startCommand> {
  const place = ["--local-host", "127.0.0.1", "--to", "127.0.0.1", "--port", String(entry)];
  return startCommand(bore, ["local", String(target), ...place]);
}
