import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { culvert } from "../../test-support/culvert.js";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import { systemdUnit } from "./systemd-unit.js";

const timeout = 60_000;

const analyze = "/usr/bin/systemd-analyze";
const hasSystemd = existsSync(analyze);
if (!hasSystemd) console.warn("systemd-analyze is not here: units are not verified (Debian: systemd)");

/** What systemd says of a unit that it does not like. */
async function verify(text: string, ...words: string[]): Promise<string> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "culvert.service");
  await writeFile(path, text);
  // Without that folder, which a session has, it does not begin to look at units of users.
  const env = { ...process.env, XDG_RUNTIME_DIR: folder.path };
  const { stdout, stderr } = await promisify(execFile)(analyze, ["verify", ...words, path], { env }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  expect(stderr).not.toContain("Failed to initialize");
  // Other units of the machine may be wrong, too.
  return `${stdout}${stderr}`
    .split("\n")
    .filter((line) => line.includes("culvert"))
    .join("\n");
}

describe.skipIf(!hasSystemd)("systemd-analyze verify", { timeout }, () => {
  it("has nothing to say of what boot print prints", async () => {
    await using cli = await culvert();
    await using folder = await temporaryFolder();
    const file = join(folder.path, "culvert.yaml");
    await writeFile(file, "nodes: n1\n");
    expect(await verify(await cli.ok("boot print"), "--user")).toBe("");
    expect(await verify(await cli.ok("boot print --system --user root"))).toBe("");
    expect(await verify(await cli.ok(["boot", "print", "--system", "--file", file]))).toBe("");
  });

  it("finds the fault of a unit that has one", async () => {
    await using cli = await culvert();
    const broken = (await cli.ok("boot print")).replace("Type=oneshot", "Type=often");
    expect(await verify(broken, "--user")).toContain("often");
    const missing = (await cli.ok("boot print")).replaceAll(process.execPath, "/nowhere/node");
    expect(await verify(missing, "--user")).toContain("/nowhere/node");
  });
});

describe("systemdUnit()", () => {
  it("says what systemd takes for its own as it is meant", () => {
    const text = systemdUnit({
      command: ["/opt/node 20/node", "/srv/100%/$x/culvert"],
      home: '/home/a "b"\\c',
      environment: {},
    });
    expect(text).toContain('ExecStart="/opt/node 20/node" "/srv/100%%/$$x/culvert" node start --all\n');
    expect(text).toContain('Environment="CULVERT_HOME=/home/a \\"b\\"\\\\c"\n');
  });
});
