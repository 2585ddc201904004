import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { findCommand, startCommand } from "../process/command.js";
import { findFreePorts, waitUntilReady } from "../process/ready.js";
import { startRole } from "../process/role.js";
import type { ProxyOperations } from "../roles/proxy.js";
import type { Chain, Site } from "./chain.js";

/** Says what is missing on this machine, or nothing when the chain can run. */
export function missingOf({ programs = [] }: Chain): string | undefined {
  const missing = programs.filter((name) => findCommand(name) === undefined);
  return missing.length === 0 ? undefined : `${missing.join(", ")} not installed`;
}

/** No proxy at all: what client and server can do by themselves, so that nobody measures the load generator. */
export const directChain: Chain = {
  name: "direct",
  title: "no proxy",
  start: async ({ targets, wire }) => ({ entries: await Promise.all(targets.map(wire)), pids: [] }),
};

/** Three Node processes that do `a.pipe(b)` both ways. */
export const pipesChain: Chain = {
  name: "pipes",
  title: "three Node `a.pipe(b)` proxies",
  start: async ({ targets, wire, opened }) => {
    let entries = await Promise.all(targets.map(wire));
    const pids: number[] = [];
    while (pids.length < 3) {
      const role = await startRole<ProxyOperations>(opened, "proxy");
      pids.unshift(role.pid);
      entries = await Promise.all(entries.map((target) => role.call("join", target)));
    }
    return { entries, pids };
  },
};

/** Where commands of others are joined to a chain. */
interface CommandSite extends Pick<Site, "wire"> {
  /** A free port, for the server that all others dial. */
  readonly port: number;
  /** For each target: its port, the port for visitors, and two more for processes in between. */
  readonly ways: readonly (readonly [target: number, entry: number, middle: number, inner: number])[];
  /** A folder that only this user can read, for keys and configurations. */
  readonly folder: string;
  /** Writes a file there and gives its path. */
  file(name: string, text: string): string;
}

/** A command that is started: all its words, and the port that is waited for, which it opens or which leads to a target from then on. */
interface CommandStep {
  readonly command: readonly string[];
  readonly opens?: number;
  readonly leads?: readonly number[];
}

/** A chain of commands of others. They are started in turn, each when the one before it is ready. */
function commandChain(
  name: string,
  title: string,
  programs: readonly string[],
  steps: (site: CommandSite) => AsyncIterable<CommandStep>,
): Chain {
  const start: Chain["start"] = async ({ targets, wire, opened }) => {
    const folder = mkdtempSync(join(tmpdir(), `culvert-bench-${name}-`));
    opened.push({ close: async () => rmSync(folder, { recursive: true, force: true }) });
    const [port = 0, ...ports] = await findFreePorts(1 + 3 * targets.length);
    const ways = targets.map(
      (target) => [target, ...ports.splice(0, 3)] as unknown as CommandSite["ways"][0],
    );
    const file = (fileName: string, text: string): string => {
      writeFileSync(join(folder, fileName), text);
      return join(folder, fileName);
    };
    const pids: number[] = [];
    for await (const { command, opens, leads = [] } of steps({ wire, port, ways, folder, file })) {
      const [program = "", ...args] = command;
      pids.push(startCommand(opened, program, args));
      if (opens !== undefined) await waitUntilReady(opens, "connect");
      await Promise.all(leads.map((one) => waitUntilReady(one, "data")));
    }
    return { entries: ways.map(([, entry]) => entry), pids };
  };
  return { name, title, programs, start };
}

/** Three socats with 64 KiB buffers, forking for each connection as socat does. */
export const socatChain: Chain = commandChain(
  "socat",
  "three `socat -b 65536`",
  ["socat"],
  async function* ({ ways, wire }) {
    for (const [target, entry, middle, inner] of ways) {
      for (const [port, to] of [
        [inner, await wire(target)],
        [middle, inner],
        [entry, middle],
      ]) {
        // Without -d, which would tell the port chosen, but also log every connection at the cost of speed.
        const listen = `TCP-LISTEN:${port},bind=127.0.0.1,backlog=1024,fork,nodelay`;
        yield {
          command: ["socat", "-b", "65536", listen, `TCP:127.0.0.1:${to},nodelay`],
          leads: [port ?? 0],
        };
      }
    }
  },
);

/** `ssh -L` to a private sshd, and from there `ssh -R` to the target: the tunnel people build by hand. */
export const sshChain: Chain = commandChain(
  "ssh",
  "`ssh -L` + `ssh -R` over a private sshd",
  ["ssh", "sshd", "ssh-keygen"],
  async function* ({ port, ways, wire, folder, file }) {
    for (const key of ["host", "user"])
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, key)]);
    // sshd as root insists on this folder, which packages make only when the service starts.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    const daemon = `Port ${port}
ListenAddress 127.0.0.1
HostKey ${join(folder, "host")}
AuthorizedKeysFile ${join(folder, "user.pub")}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding yes
MaxStartups 100
`;
    yield { command: ["sshd", "-D", "-f", file("sshd_config", daemon)], opens: port };
    const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes"];
    options.push("ExitOnForwardFailure=yes", "BatchMode=yes");
    const ssh = (to: number, flag: string, joins: readonly (readonly [from: number, to: number])[]) => [
      ...["ssh", "-F", "none", "-N", "-i", join(folder, "user"), "-p", String(to)],
      ...options.flatMap((option) => ["-o", option]),
      ...joins.flatMap(([from, end]) => [flag, `127.0.0.1:${from}:127.0.0.1:${end}`]),
      `${userInfo().username}@127.0.0.1`,
    ];
    const middles = ways.map(([target, , middle]) => [middle, target] as const);
    const entries = ways.map(([, entry, middle]) => [entry, middle] as const);
    yield { command: ssh(await wire(port), "-R", middles), leads: middles.map(([from]) => from) };
    yield { command: ssh(port, "-L", entries), leads: entries.map(([from]) => from) };
  },
);

/** TLS, on by default, is off: Culvert seals nothing in these chains. Warnings only: by default frp logs every connection. */
const frpChain = commandChain(
  "frp",
  "`frps` + `frpc` (Go, without TLS)",
  ["frps", "frpc"],
  async function* ({ port, ways, wire, file }) {
    const server = `bindAddr = "127.0.0.1"
bindPort = ${port}
proxyBindAddr = "127.0.0.1"
log.level = "warn"
`;
    yield { command: ["frps", "-c", file("server.toml", server)], opens: port };
    const proxies = ways.map(
      ([target, entry]) => `[[proxies]]
name = "bench-${entry}"
type = "tcp"
localIP = "127.0.0.1"
localPort = ${target}
remotePort = ${entry}
`,
    );
    const client = `serverAddr = "127.0.0.1"
serverPort = ${await wire(port)}
transport.tls.enable = false
log.level = "warn"
${proxies.join("")}`;
    yield {
      command: ["frpc", "-c", file("client.toml", client)],
      leads: ways.map(([, entry]) => entry),
    };
  },
);

/** Over plain TCP, its default. */
const ratholeChain = commandChain(
  "rathole",
  "`rathole` server + client (Rust)",
  ["rathole"],
  async function* ({ port, ways, wire, file }) {
    const services = (end: string, place: string, index: 0 | 1): string =>
      ways
        .map(
          (way) =>
            `[${end}.services.bench-${way[0]}]\ntoken = "bench"\n${place} = "127.0.0.1:${way[index]}"\n`,
        )
        .join("");
    const server = `[server]\nbind_addr = "127.0.0.1:${port}"\n${services("server", "bind_addr", 1)}`;
    const client = `[client]\nremote_addr = "127.0.0.1:${await wire(port)}"\n${services("client", "local_addr", 0)}`;
    yield { command: ["rathole", "--server", file("server.toml", server)], opens: port };
    yield {
      command: ["rathole", "--client", file("client.toml", client)],
      leads: ways.map(([, entry]) => entry),
    };
  },
);

/** Its SSH over WebSocket cannot be switched off. */
const chiselChain = commandChain(
  "chisel",
  "`chisel` server + client (Go, encrypted)",
  ["chisel"],
  async function* ({ port, ways, wire }) {
    const server = ["chisel", "server", "--host", "127.0.0.1", "--port", String(port), "--reverse"];
    yield { command: server, opens: port };
    const remotes = ways.map(([target, entry]) => `R:127.0.0.1:${entry}:127.0.0.1:${target}`);
    const client = ["chisel", "client", `127.0.0.1:${await wire(port)}`, ...remotes];
    yield { command: client, leads: ways.map(([, entry]) => entry) };
  },
);

/** One client for each target; every bore server waits for its clients at the same port. */
const boreChain = commandChain("bore", "`bore` server + local (Rust)", ["bore"], async function* ({ ways }) {
  yield { command: ["bore", "server", "--bind-addr", "127.0.0.1"], opens: 7835 };
  for (const [target, entry] of ways) {
    const client = ["bore", "local", String(target), "--local-host", "127.0.0.1", "--to", "127.0.0.1"];
    yield { command: [...client, "--port", String(entry)], leads: [entry] };
  }
});

/** Tunnels in other languages, measured beside ours where they are installed; no bar of the design is about them. */
export const tunnelChains: readonly Chain[] = [frpChain, ratholeChain, chiselChain, boreChain];
