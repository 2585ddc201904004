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

/** Where commands of others are joined to a chain. They run in a folder that only this user can read. */
interface CommandSite extends Pick<Site, "wire"> {
  /** A free port, for the server that all others dial. */
  readonly port: number;
  /** For each target: its port, the port for visitors, and two more for processes in between. */
  readonly ways: readonly { target: number; entry: number; middle: number; inner: number }[];
  /** The ports for visitors. */
  readonly entries: readonly number[];
  /** That folder. */
  readonly folder: string;
  /** Writes a file into it. */
  file(name: string, text: string): void;
}

/** A command that is started, and what is waited for: a port that it opens, or ports that lead to a target from then on. */
interface CommandStep {
  readonly run: string;
  readonly opens?: number;
  readonly leads?: readonly number[];
}

type Steps = (site: CommandSite) => AsyncIterable<CommandStep>;

/** A chain of commands of others. They are started in turn, each when the one before it is ready. */
function commandChain(name: string, title: string, programs: readonly string[], steps: Steps): Chain {
  const start: Chain["start"] = async ({ targets, wire, opened }) => {
    const folder = mkdtempSync(join(tmpdir(), `culvert-bench-${name}-`));
    opened.push({ close: async () => rmSync(folder, { recursive: true, force: true }) });
    const [port = 0, ...ports] = await findFreePorts(1 + 3 * targets.length);
    const ways = targets.map((target) => {
      const [entry = 0, middle = 0, inner = 0] = ports.splice(0, 3);
      return { target, entry, middle, inner };
    });
    const entries = ways.map(({ entry }) => entry);
    const file = (fileName: string, text: string): void => writeFileSync(join(folder, fileName), text);
    const pids: number[] = [];
    for await (const { run, opens, leads = [] } of steps({ wire, port, ways, entries, folder, file })) {
      pids.push(startCommand(opened, run, folder));
      if (opens !== undefined) await waitUntilReady(opens, "connect");
      await Promise.all(leads.map((one) => waitUntilReady(one, "data")));
    }
    return { entries, pids };
  };
  return { name, title, programs, start };
}

/** Three socats with 64 KiB buffers, forking for each connection as socat does. */
async function* socats({ ways, wire }: CommandSite): AsyncIterable<CommandStep> {
  for (const { target, entry, middle, inner } of ways) {
    for (const [port, to] of [
      [inner, await wire(target)],
      [middle, inner],
      [entry, middle],
    ] as const) {
      // Without -d, which would tell the port chosen, but also log every connection at the cost of speed.
      const listen = `TCP-LISTEN:${port},bind=127.0.0.1,backlog=1024,fork,nodelay`;
      yield { run: `socat -b 65536 ${listen} TCP:127.0.0.1:${to},nodelay`, leads: [port] };
    }
  }
}

/** `ssh -L` to a private sshd, and from there `ssh -R` to the target: the tunnel people build by hand. */
async function* sshTunnel({
  port,
  ways,
  entries,
  wire,
  folder,
  file,
}: CommandSite): AsyncIterable<CommandStep> {
  for (const key of ["host", "user"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, key)]);
  // sshd as root insists on this folder, which packages make only when the service starts.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const daemon = `Port ${port}
ListenAddress 127.0.0.1
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding yes
MaxStartups 100
`;
  file("sshd_config", daemon);
  yield { run: `sshd -D -f ${folder}/sshd_config`, opens: port };
  const ssh =
    "ssh -F none -N -i user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes " +
    `-o ExitOnForwardFailure=yes -o BatchMode=yes ${userInfo().username}@127.0.0.1`;
  const joins = (flag: string, from: "entry" | "middle", to: "middle" | "target"): string =>
    ways.map((way) => `${flag} 127.0.0.1:${way[from]}:127.0.0.1:${way[to]}`).join(" ");
  const middles = ways.map(({ middle }) => middle);
  yield { run: `${ssh} -p ${await wire(port)} ${joins("-R", "middle", "target")}`, leads: middles };
  yield { run: `${ssh} -p ${port} ${joins("-L", "entry", "middle")}`, leads: entries };
}

/** TLS, on by default, is off: Culvert seals nothing in these chains. Warnings only: by default frp logs every connection. */
async function* frp({ port, ways, entries, wire, file }: CommandSite): AsyncIterable<CommandStep> {
  const server = `bindAddr = "127.0.0.1"
bindPort = ${port}
proxyBindAddr = "127.0.0.1"
log.level = "warn"
`;
  file("server.toml", server);
  yield { run: "frps -c server.toml", opens: port };
  const proxies = ways.map(
    ({ target, entry }) => `[[proxies]]
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
`;
  file("client.toml", [client, ...proxies].join(""));
  yield { run: "frpc -c client.toml", leads: entries };
}

/** Over plain TCP, its default. */
async function* rathole({ port, ways, entries, wire, file }: CommandSite): AsyncIterable<CommandStep> {
  const services = (end: string, place: string, of: "entry" | "target"): string[] =>
    ways.map(
      (way, index) => `[${end}.services.${index}]\ntoken = "bench"\n${place} = "127.0.0.1:${way[of]}"\n`,
    );
  const server = `[server]\nbind_addr = "127.0.0.1:${port}"\n`;
  file("server.toml", [server, ...services("server", "bind_addr", "entry")].join(""));
  yield { run: "rathole --server server.toml", opens: port };
  const client = `[client]\nremote_addr = "127.0.0.1:${await wire(port)}"\n`;
  file("client.toml", [client, ...services("client", "local_addr", "target")].join(""));
  yield { run: "rathole --client client.toml", leads: entries };
}

/** Its SSH over WebSocket cannot be switched off. */
async function* chisel({ port, ways, entries, wire }: CommandSite): AsyncIterable<CommandStep> {
  yield { run: `chisel server --host 127.0.0.1 --port ${port} --reverse`, opens: port };
  const remotes = ways.map(({ target, entry }) => `R:127.0.0.1:${entry}:127.0.0.1:${target}`);
  yield { run: `chisel client 127.0.0.1:${await wire(port)} ${remotes.join(" ")}`, leads: entries };
}

/** One client for each target; every bore server waits for its clients at the same port. */
async function* bore({ ways }: CommandSite): AsyncIterable<CommandStep> {
  yield { run: "bore server --bind-addr 127.0.0.1", opens: 7835 };
  for (const { target, entry } of ways) {
    const client = `bore local ${target} --local-host 127.0.0.1 --to 127.0.0.1`;
    yield { run: `${client} --port ${entry}`, leads: [entry] };
  }
}

/** Tools that people have at hand. */
export const toolChains: readonly Chain[] = [
  commandChain("socat", "three `socat -b 65536`", ["socat"], socats),
  commandChain("ssh", "`ssh -L` + `ssh -R` over a private sshd", ["ssh", "sshd", "ssh-keygen"], sshTunnel),
];

/** Tunnels in other languages, measured beside ours where they are installed; no bar of the design is about them. */
export const tunnelChains: readonly Chain[] = [
  commandChain("frp", "`frps` + `frpc` (Go, without TLS)", ["frps", "frpc"], frp),
  commandChain("rathole", "`rathole` server + client (Rust)", ["rathole"], rathole),
  commandChain("chisel", "`chisel` server + client (Go, encrypted)", ["chisel"], chisel),
  commandChain("bore", "`bore` server + local (Rust)", ["bore"], bore),
];
