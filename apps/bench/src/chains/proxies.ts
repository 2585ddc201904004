import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { startCommand } from "../process/command.js";
import { findFreePorts, waitUntilJoined, waitUntilListening } from "../process/ready.js";
import { startRole } from "../process/role.js";
import type { ProxyOperations } from "../roles/proxy.js";
import type { Chain } from "./chain.js";
import { openFolder, writeLines } from "./private-folder.js";

/** Proxy processes between client and server. */
const processes = 3;

/** Three Node processes that do `a.pipe(b)` both ways. */
export const pipesChain: Chain = {
  name: "pipes",
  title: "three Node `a.pipe(b)` proxies",
  programs: [],
  start: async ({ targets, wire, opened }) => {
    let entries = await Promise.all(targets.map(wire));
    const pids: number[] = [];
    for (let index = 0; index < processes; index++) {
      const role = await startRole<ProxyOperations>("proxy");
      opened.push(role);
      pids.push(role.pid);
      entries = await Promise.all(entries.map((target) => role.call("join", target)));
    }
    return { entries, pids };
  },
};

/** Three socats with 64 KiB buffers, forking for each connection as socat does. */
export const socatChain: Chain = {
  name: "socat",
  title: "three `socat -b 65536`",
  programs: ["socat"],
  start: async ({ targets, wire, opened }) => {
    const pids: number[] = [];
    let entries = await Promise.all(targets.map(wire));
    for (let index = 0; index < processes; index++) {
      const ports = await findFreePorts(targets.length);
      for (const [each, port] of ports.entries()) {
        // Without -d, which would tell the port chosen, but also log every connection at the cost of speed.
        const listen = `TCP-LISTEN:${port},bind=127.0.0.1,backlog=1024,fork,nodelay`;
        const args = ["-b", "65536", listen, `TCP:127.0.0.1:${entries[each]},nodelay`];
        pids.push(startCommand(opened, "socat", args));
      }
      entries = [...ports];
    }
    await waitUntilJoined(entries);
    return { entries, pids };
  },
};

/** `ssh -L` to a private sshd, and from there `ssh -R` to the target: the tunnel people build by hand. */
export const sshChain: Chain = {
  name: "ssh",
  title: "`ssh -L` + `ssh -R` over a private sshd",
  programs: ["ssh", "sshd", "ssh-keygen"],
  start: async ({ targets, wire, opened }) => {
    const folder = openFolder(opened, "ssh");
    const [port, ...ports] = await findFreePorts(1 + 2 * targets.length);
    const [entries, middles] = [ports.slice(0, targets.length), ports.slice(targets.length)];
    for (const key of ["host", "user"]) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, key)]);
    }
    // sshd as root insists on this folder, which packages make only when the service starts.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    const configuration = writeLines(folder, "sshd_config", daemonLines(folder, port));
    const daemon = startCommand(opened, "sshd", ["-D", "-f", configuration]);
    await waitUntilListening(port);
    const startSsh = (to: number, flag: string, from: readonly number[], ends: readonly number[]): number =>
      startCommand(opened, "ssh", [
        ...["-F", "none", "-N", "-i", join(folder, "user"), "-p", String(to)],
        ...["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"],
        ...["-o", "IdentitiesOnly=yes", "-o", "ExitOnForwardFailure=yes", "-o", "BatchMode=yes"],
        ...from.flatMap((one, index) => [flag, `127.0.0.1:${one}:127.0.0.1:${ends[index]}`]),
        `${userInfo().username}@127.0.0.1`,
      ]);
    const far = startSsh(await wire(port), "-R", middles, targets);
    await waitUntilJoined(middles);
    const near = startSsh(port, "-L", entries, middles);
    await waitUntilJoined(entries);
    return { entries, pids: [daemon, far, near] };
  },
};

function daemonLines(folder: string, port: number): string[] {
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
  ];
}

/** No proxy at all: what client and server can do by themselves, so that nobody measures the load generator. */
export const directChain: Chain = {
  name: "direct",
  title: "no proxy",
  programs: [],
  start: async ({ targets, wire }) => ({ entries: await Promise.all(targets.map(wire)), pids: [] }),
};
