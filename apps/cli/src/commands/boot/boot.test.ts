import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { culvert } from "../../../test-support/culvert.js";
import { isBooted } from "../../boot/systemctl.js";

const timeout = 60_000;

// Where systemd runs, this would be the real thing.
describe.skipIf(isBooted())("boot", { timeout }, () => {
  it("installs what it prints, and removes it again", async () => {
    await using cli = await culvert();
    const env = { XDG_CONFIG_HOME: join(cli.home, "config") };
    const printed = await cli.ok("boot print", { env });
    const run = await cli.run("boot install", { env });
    expect(run).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("systemctl --user enable culvert.service"),
    });
    const path = run.stdout.trim();
    expect(path).toBe(join(env.XDG_CONFIG_HOME, "systemd/user/culvert.service"));
    expect((await readFile(path, "utf8")).trim()).toBe(printed);
    expect(await cli.ok("boot uninstall", { env })).toBe(path);
    expect(await cli.run("boot uninstall", { env })).toMatchObject({ code: 0, stdout: "[]\n" });
  });

  it.each([
    ["boot print --user root", /--system/],
    ["boot print --system --user a;b", /no name of a user/],
    ["boot print --file nowhere.yaml", /no such file/],
  ])("refuses %s", async (line, message) => {
    await using cli = await culvert();
    expect(await cli.run(line)).toMatchObject({ code: 64, stderr: expect.stringMatching(message) });
  });
});
