import { type Command, startCommand } from "../process/command.js";
import { findFreePorts } from "../process/free-port.js";
import { type Chain, noWire, startChain } from "./chain.js";
import { findCommand, missingCommands } from "./commands-present.js";
import { waitUntilJoined } from "./wait-until-joined.js";

/** Proxy processes between client and server. */
const processes = 3;

/** Three socats with 64 KiB buffers, forking for each connection as socat does. */
export const socatChain: Chain = {
  name: "socat",
  title: "three `socat -b 65536`",
  missing: () => missingCommands("socat"),
  start: (targets, wire = noWire) =>
    startChain(async (opened) => {
      const commands: Command[] = [];
      const ports = await findFreePorts(processes * targets.length);
      const entries = await Promise.all(
        targets.map(async (target, index) => {
          let entry = await wire(target);
          for (const port of ports.slice(index * processes, (index + 1) * processes)) {
            const command = startSocat(port, entry);
            opened.push(command);
            commands.push(command);
            entry = port;
          }
          return entry;
        }),
      );
      await waitUntilJoined(entries);
      return { entries, pids: commands.map(({ pid }) => pid) };
    }),
};

// Without -d, which would tell the port chosen, but also log every connection at the cost of speed.
function startSocat(port: number, target: number): Command {
  const listen = `TCP-LISTEN:${port},bind=127.0.0.1,backlog=1024,fork,nodelay`;
  return startCommand(findCommand("socat") ?? "socat", [
    ...["-b", "65536", listen, `TCP:127.0.0.1:${target},nodelay`],
  ]);
}
