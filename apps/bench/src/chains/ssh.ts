import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { type Command, startCommand } from "../process/command.js";
import { findFreePorts } from "../process/free-port.js";
import { type Chain, noWire, startChain } from "./chain.js";
import { findCommand, missingCommands } from "./commands-present.js";
import { openFolder } from "./private-folder.js";
import { waitUntilJoined } from "./wait-until-joined.js";

/** `ssh -L` to a private sshd, and from there `ssh -R` to the target: the tunnel people build by hand. */
export const sshChain: Chain = {
  name: "ssh",
  title: "`ssh -L` + `ssh -R` over a private sshd",
  missing: () => missingCommands("ssh", "sshd", "ssh-keygen"),
  start: (targets, wire = noWire) =>
    startChain(async (opened) => {
      const folder = openFolder(opened, "ssh");
      const [port, ...entries] = await findFreePorts(1 + targets.length);
      const daemon = await startDaemon(folder, port);
      opened.push(daemon);
      const far = startSsh(
        folder,
        await wire(port),
        targets.flatMap((target) => ["-R", `127.0.0.1:0:127.0.0.1:${target}`]),
      );
      opened.push(far);
      const middles = await Promise.all(targets.map((target) => remotePort(far, target)));
      const forwards = entries.flatMap((entry, index) => [
        "-L",
        `127.0.0.1:${entry}:127.0.0.1:${middles[index]}`,
      ]);
      const near = startSsh(folder, port, forwards);
      opened.push(near);
      // Without -v, which would tell when the session is open, but also log every connection at the cost of speed.
      await waitUntilJoined(entries);
      return { entries, pids: [daemon.pid, far.pid, near.pid] };
    }),
};

async function remotePort(ssh: Command, target: number): Promise<number> {
  const line = new RegExp(`Allocated port (\\d+) for remote forward to 127\\.0\\.0\\.1:${target}\\b`);
  return Number((await ssh.waitForLine(line))[1]);
}

async function startDaemon(folder: string, port: number): Promise<Command> {
  makeKey(join(folder, "host"));
  makeKey(join(folder, "user"));
  // sshd as root insists on this folder, which packages make only when the service starts.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const configuration = join(folder, "sshd_config");
  writeFileSync(configuration, daemonConfiguration(folder, port));
  // sshd re-executes itself and therefore wants its full path.
  const daemon = startCommand(findCommand("sshd") ?? "sshd", ["-D", "-e", "-f", configuration]);
  await daemon.waitForLine(/Server listening on/);
  return daemon;
}

function daemonConfiguration(folder: string, port: number): string {
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(folder, "host")}`,
    `AuthorizedKeysFile ${join(folder, "user.pub")}`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "PermitRootLogin prohibit-password",
    "AllowTcpForwarding yes",
    "MaxStartups 100",
    "",
  ].join("\n");
}

function startSsh(folder: string, port: number, forwards: readonly string[]): Command {
  return startCommand(findCommand("ssh") ?? "ssh", [
    ...["-F", "none", "-N", "-i", join(folder, "user"), "-p", String(port)],
    ...["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes"],
    ...["-o", "ExitOnForwardFailure=yes", "-o", "BatchMode=yes", ...forwards],
    `${userInfo().username}@127.0.0.1`,
  ]);
}

function makeKey(path: string): void {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path], { stdio: "ignore" });
}
