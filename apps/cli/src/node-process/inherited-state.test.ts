import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collect, culvert, untilText } from "../../test-support/culvert.js";
import { temporaryFolder } from "../../test-support/temporary-folder.js";

const timeout = 60_000;

/** Places where a process listens on IPv4 loopback, from `/proc/net/tcp`, for the sockets it holds. */
function listens(pid: number): readonly string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).map(
      (fd) => /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1],
    ),
  );
  const lines = readFileSync(`/proc/${pid}/net/tcp`, "utf8").trim().split("\n").slice(1);
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return fields
    .filter(([, , , state, , , , , , inode]) => state === "0A" && inodes.has(inode))
    .map(([, at = ""]) => at);
}

describe.runIf(process.platform === "linux")("a background node", { timeout }, () => {
  it("opens no debugger when it is sent SIGUSR1", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1");
    const { pid } = await cli.json<{ pid: number }>("node show n1");
    const before = listens(pid);
    expect(before).toHaveLength(1);
    process.kill(pid, "SIGUSR1");
    // Asked twice: the debugger's thread would have listened by the second answer.
    await cli.ok("node show n1");
    await cli.ok("node show n1");
    expect(listens(pid)).toEqual(before);
  });

  it("holds no file of the shell that created it", async () => {
    await using cli = await culvert();
    await using folder = await temporaryFolder();
    const path = join(folder.path, "lock");
    const opened = [3, 9, 20, 21, 63].map((fd) => `exec ${fd}>${path};`).join(" ");
    const script = `${opened} exec ${process.execPath} ${cli.launcher} node create n1`;
    const child = spawn("bash", ["-c", script], {
      env: { PATH: process.env.PATH, HOME: cli.home, CULVERT_HOME: cli.home },
    });
    expect(await collect(child)).toMatchObject({ code: 0 });
    const { pid } = await cli.json<{ pid: number }>("node show n1");
    const held = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    expect(held.filter((file) => file === path)).toEqual([]);
    expect(held.some((file) => file.startsWith("socket:"))).toBe(true);
  });
});

describe("a foreground node without a terminal", { timeout }, () => {
  it("outlives SIGHUP, as nohup wants it", async () => {
    await using cli = await culvert();
    await using folder = await temporaryFolder();
    const log = openSync(join(folder.path, "log"), "w");
    const child = spawn(process.execPath, [cli.launcher, "node", "create", "n1", "--foreground"], {
      env: { PATH: process.env.PATH, HOME: cli.home, CULVERT_HOME: cli.home },
      stdio: ["ignore", "pipe", log],
    });
    closeSync(log);
    const ended = collect(child);
    await untilText(child.stdout, /n1/);
    child.kill("SIGHUP");
    expect(await cli.ok("message send hi --to /node/n1/service/uppercase")).toBe("HI");
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0 });
  });
});
