import { startCommand } from "../process/command.js";
import { type Chain, type Closable, noWire, startChain } from "./chain.js";
import { findCommand, missingCommands } from "./commands-present.js";

/** Proxy processes between client and server. */
const processes = 3;

/** Three socats with 64 KiB buffers, forking for each connection as socat does. */
export const socatChain: Chain = {
  name: "socat",
  title: "three `socat -b 65536`",
  missing: () => missingCommands("socat"),
  start: (targets, wire = noWire) =>
    startChain(async (opened) => {
      const pids: number[] = [];
      const entries: number[] = [];
      for (const target of targets) {
        let entry = await wire(target);
        for (let index = 0; index < processes; index++) entry = await startSocat(entry, opened, pids);
        entries.push(entry);
      }
      return { entries, pids };
    }),
};

async function startSocat(target: number, opened: Closable[], pids: number[]): Promise<number> {
  const listen = "TCP-LISTEN:0,bind=127.0.0.1,backlog=1024,fork,nodelay";
  const args = ["-d", "-d", "-b", "65536", listen, `TCP:127.0.0.1:${target},nodelay`];
  const command = startCommand(findCommand("socat") ?? "socat", args);
  opened.push(command);
  pids.push(command.pid);
  const [, port] = await command.waitForLine(/listening on AF=2 127\.0\.0\.1:(\d+)/);
  return Number(port);
}
