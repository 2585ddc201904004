import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { onFinished } from "../harness/on-finished.js";
import { killProcess } from "../harness/processes.js";

const program = `require("node:net").createServer().listen(0, "127.0.0.1", 1, function () { console.log(this.address().port) })`;

/** Within this time loopback connects, or never: the system drops what asks. In milliseconds. */
const connectMs = 300;

/** Starts a server whose port does not answer: its process is stopped, and its queue is full. Gives the port. */
export async function startSilentTarget(): Promise<number> {
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const { pid = 0 } = child;
  onFinished(() => killProcess(pid));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(String(line));
  killProcess(pid, "SIGSTOP");
  while (await fillsQueue(port)) {
    // Until one is not answered.
  }
  return port;
}

/** Opens a connection that stays; says whether there was room for it. */
async function fillsQueue(port: number): Promise<boolean> {
  const socket: Socket = connect({ host: "127.0.0.1", port }).on("error", () => {});
  onFinished(() => void socket.destroy());
  return Promise.race([once(socket, "connect").then(() => true), sleep(connectMs, false)]);
}
