import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onFinished } from "../harness/on-finished.js";
import { runCommand } from "../harness/run-command.js";
import { cleanEnvironment, culvertPath, type Workspace } from "../harness/workspace.js";

/** Where name servers are asked: resolv.conf cannot say another port. */
const namePort = 53;

/** A name server that takes every question and answers none. Gives its address, one of loopback that nobody else uses. */
async function startSilentNameServer(): Promise<string> {
  const address = ["127", ...Array.from({ length: 3 }, () => 1 + Math.floor(Math.random() * 250))].join(".");
  const socket = createSocket("udp4").bind(namePort, address);
  onFinished(() => void socket.close());
  await once(socket, "listening");
  return address;
}

/** Creates a node for which names are slow to resolve: it sees a resolv.conf of its own. */
export async function createSlowNamesNode({ home }: Workspace, name: string): Promise<void> {
  const configuration = join(home, "resolv.conf");
  writeFileSync(configuration, `nameserver ${await startSilentNameServer()}\n`);
  const mount = `mount --bind ${configuration} /etc/resolv.conf && exec "$@"`;
  const args = ["--mount", "sh", "-c", mount, "sh", process.execPath, culvertPath, "node", "create", name];
  const { code, stderr } = await runCommand("unshare", args, { env: cleanEnvironment(home) });
  if (code !== 0) throw new Error(`Cannot create node ${name}: ${stderr}`);
}
