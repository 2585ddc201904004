import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Culvert, culvert } from "../../test-support/culvert.js";
import { temporaryFolder } from "../../test-support/temporary-folder.js";

const timeout = 60_000;
const run = promisify(execFile);

function has(program: string): boolean {
  try {
    execFileSync("which", [program], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const sshd = "/usr/sbin/sshd";
// It wants to be root, and a folder of the system.
const canServe = existsSync(sshd) && has("ssh") && has("ssh-keygen") && process.getuid?.() === 0;

/** A server that is started anew for each visitor, as inetd does it: it speaks over its standard input and output. */
async function serveByProgram(
  program: string,
  args: readonly string[],
): Promise<{ port: number; close(): void }> {
  // Whoever says no more may still want to hear the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
    socket.pipe(child.stdin.on("error", () => {}));
    child.stdout.pipe(socket.on("error", () => {}));
    socket.once("close", () => child.kill());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}

/** Two nodes, and an outlet of the far one that leads to a port; gives the words of a pipe to it. */
async function pipeTo(cli: Culvert, port: number): Promise<readonly string[]> {
  for (const node of ["n1", "n2"]) await cli.ok(`node create ${node}`);
  await cli.ok("relay create n1 --at n2 --to n1");
  await cli.ok(`tcp-outlet create --at n1 --to ${port}`);
  return [process.execPath, cli.launcher, "pipe", "outlet", "--via", "n1"];
}

describe("programs that speak over a pipe", { timeout }, () => {
  it.runIf(canServe)("ssh and git over it, with ProxyCommand", async () => {
    await using folder = await temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    for (const key of ["host", "user"])
      await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(key)]);
    await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
    await writeFile(at("authorized"), await readFile(at("user.pub")));
    await chmod(at("authorized"), 0o600);
    const lines = [
      `HostKey ${at("host")}`,
      `AuthorizedKeysFile ${at("authorized")}`,
      "StrictModes no",
      "UsePAM no",
      "PermitRootLogin yes",
      "PidFile none",
    ];
    await writeFile(at("sshd_config"), lines.join("\n"));
    const server = await serveByProgram(sshd, ["-i", "-f", at("sshd_config")]);
    await using cli = await culvert();
    try {
      const proxy = (await pipeTo(cli, server.port)).join(" ");
      const options = ["-F", "none", "-i", at("user"), "-o", "BatchMode=yes", "-o", `ProxyCommand=${proxy}`];
      options.push("-o", "StrictHostKeyChecking=no", "-o", `UserKnownHostsFile=${at("known")}`);
      const env = { ...process.env, CULVERT_HOME: cli.home };
      const where = `${userInfo().username}@far`;
      const said = await run("ssh", [...options, where, "echo from the other side"], { env });
      expect(said.stdout).toBe("from the other side\n");
      await run("git", ["init", "-q", "-b", "main", at("project")]);
      const author = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
      await run("git", ["-C", at("project"), ...author, "commit", "-q", "--allow-empty", "-m", "first"]);
      const command = ["ssh", ...options.map((option) => `'${option}'`)].join(" ");
      const clone = ["clone", "-q", `ssh://${where}${at("project")}`, at("clone")];
      await run("git", clone, { env: { ...env, GIT_SSH_COMMAND: command } });
      expect((await run("git", ["-C", at("clone"), "log", "--format=%s"])).stdout).toBe("first\n");
    } finally {
      server.close();
    }
  });

  it.runIf(has("git"))("git by its own protocol, with core.gitProxy", async () => {
    await using folder = await temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    await run("git", ["init", "-q", "-b", "main", at("project")]);
    const author = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    await run("git", ["-C", at("project"), ...author, "commit", "-q", "--allow-empty", "-m", "first"]);
    const daemon = ["daemon", "--inetd", "--export-all", `--base-path=${folder.path}`];
    const server = await serveByProgram("git", daemon);
    await using cli = await culvert();
    try {
      const proxy = at("proxy");
      await writeFile(proxy, `#!/bin/sh\nexec ${(await pipeTo(cli, server.port)).join(" ")}\n`, {
        mode: 0o700,
      });
      const clone = ["-c", `core.gitProxy=${proxy}`, "clone", "-q", "git://far/project", at("clone")];
      await run("git", clone, { env: { ...process.env, CULVERT_HOME: cli.home } });
      expect((await run("git", ["-C", at("clone"), "log", "--format=%s"])).stdout).toBe("first\n");
    } finally {
      server.close();
    }
  });

  it("a server that is asked line by line, as those of the Model Context Protocol are", async () => {
    const script =
      "for await (const line of require('readline').createInterface({ input: process.stdin })) { const { id, method } = JSON.parse(line); console.log(JSON.stringify({ jsonrpc: '2.0', id, result: { method } })); }";
    const server = await serveByProgram(process.execPath, ["-e", `(async () => { ${script} })()`]);
    await using cli = await culvert();
    const [program = "", ...args] = await pipeTo(cli, server.port);
    const child = spawn(program, args, { env: { ...process.env, CULVERT_HOME: cli.home } });
    try {
      const answers = child.stdout.setEncoding("utf8");
      for (const id of [1, 2, 3]) {
        child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method: "ping" })}\n`);
        const [answer] = (await once(answers, "data")) as [string];
        expect(JSON.parse(answer)).toEqual({ jsonrpc: "2.0", id, result: { method: "ping" } });
      }
      child.stdin.end();
      expect(await once(child, "close")).toEqual([0, null]);
    } finally {
      child.kill();
      server.close();
    }
  });
});
