import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onFinished } from "./on-finished.js";

/** The content of `/file.txt`. */
const servedText = "carried through a culvert\n";

/** Starts the user's own HTTP server: that of Python where it is installed, else one of Node. Gives its port. */
export async function startHttpServer(): Promise<number> {
  return (await startPython()) ?? startNode();
}

async function startPython(): Promise<number | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "culvert-e2e-www-"));
  writeFileSync(join(folder, "file.txt"), servedText);
  const args = ["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"];
  const child = spawn("python3", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  onFinished(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const started = new Promise<number | undefined>((resolve) => {
    child.once("error", () => resolve(undefined));
    child.once("exit", () => resolve(undefined));
    createInterface(child.stdout).on("line", (line) => {
      const port = /port (\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
  return started;
}

async function startNode(): Promise<number> {
  const server = createServer((_request, response) => response.end(servedText)).listen(0, "127.0.0.1");
  onFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
