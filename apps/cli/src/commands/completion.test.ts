import { execFile, spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert } from "../../test-support/culvert.js";

// Real shells, on a machine that may be busy.
const timeout = 60_000;

const has = (shell: string): boolean => spawnSync(shell, ["-c", ":"]).status === 0;

describe("completion", { timeout }, () => {
  let cli: Culvert;
  let folder: string;

  /** Runs a script of a shell that finds `culvert` on its path, and gives the lines it prints. */
  async function shell(name: string, args: readonly string[], script: string): Promise<string[]> {
    const env = {
      PATH: `${folder}/bin:${process.env.PATH}`,
      HOME: folder,
      CULVERT_HOME: cli.home,
      TERM: "dumb",
    };
    const { stdout } = await promisify(execFile)(name, [...args, "-c", script], { cwd: folder, env });
    return stdout.split("\n").filter((line) => line !== "");
  }

  beforeAll(async () => {
    cli = await culvert();
    folder = await mkdtemp(join(tmpdir(), "culvert-test-"));
    await mkdir(join(folder, "bin"));
    await symlink(process.execPath, join(folder, "bin/node"));
    await writeFile(join(folder, "bin/culvert"), `#!/bin/sh\nexec node ${cli.launcher} "$@"\n`);
    await chmod(join(folder, "bin/culvert"), 0o755);
    await writeFile(join(folder, "site.yaml"), "");
    for (const node of ["n1", "n2"]) await cli.ok(`node create ${node}`);
  }, timeout);

  afterAll(async () => {
    await cli[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }, timeout);

  describe("bash", () => {
    /** What bash offers for a command line; the words as bash takes them apart. */
    const offers = (...words: string[]): Promise<string[]> => {
      const list = words.map((word) => `'${word}'`).join(" ");
      return shell(
        "bash",
        ["--norc"],
        `source <(culvert completion --shell bash); source <(culvert completion --shell bash)
         COMP_WORDS=(culvert ${list}); COMP_CWORD=${words.length}
         $(complete -p culvert | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
         printf '%s\\n' "\${COMPREPLY[@]}"`,
      );
    };

    it("completes nouns, verbs, options and nodes", async () => {
      expect(await offers("tcp-o")).toEqual(["tcp-outlet"]);
      expect(await offers("tcp-outlet", "")).toEqual(["create", "list", "show", "update", "delete"]);
      expect(await offers("tcp-outlet", "list", "--a")).toEqual(["--at"]);
      expect(await offers("tcp-outlet", "list", "--at", "n")).toEqual(["n1", "n2"]);
    });

    it("completes behind =, where bash begins a new word", async () => {
      expect(await offers("node", "list", "--output", "=", "js")).toEqual(["json"]);
      expect(await offers("message", "send", "hi", "--to", "=", "/node/n1")).toEqual([
        "/node/n1",
        "/node/n1/service/",
      ]);
    });

    it("completes what live nodes have: services, outlets, inlets and relays", async () => {
      await cli.ok("tcp-outlet create --at n1 --from web --to 9000");
      await cli.ok("relay create home --at n2 --to n1");
      await cli.ok("tcp-inlet create door --at n2 --to /node/n1/service/web");
      expect(await offers("message", "send", "hi", "--to", "/node/n1/service/")).toEqual(
        ["api", "echo", "relay", "uppercase", "web"].map((name) => `/node/n1/service/${name}`),
      );
      const behind = "/node/n2/service/forward_to_home/service/";
      expect(await offers("pipe", "/node/n2/service/f")).toEqual(["/node/n2/service/forward_to_home"]);
      expect(await offers("pipe", `${behind}w`)).toEqual([`${behind}web`]);
      expect(await offers("tcp-inlet", "create", "--via", "")).toEqual(["home"]);
      expect(await offers("tcp-inlet", "show", "--at", "n2", "")).toEqual(["door"]);
      expect(await offers("tcp-outlet", "delete", "--at", "n1", "")).toEqual(["web"]);
    });

    it("runs nothing that stands on the line", async () => {
      expect(await offers("$(touch evil)", "`touch evil`", "; touch evil", "")).toEqual([]);
      expect(await shell("sh", [], "ls")).not.toContain("evil");
    });
  });

  it.skipIf(!has("zsh"))("zsh: hands the words over and gets names with descriptions", async () => {
    const script = `source <(culvert completion --shell zsh)
      _describe() { print -l "\${(@P)2}" }
      _files() { print files }
      words=(culvert node st); CURRENT=3; _culvert
      words=(culvert run ''); CURRENT=3; _culvert`;
    expect(await shell("zsh", ["-f"], script)).toEqual([
      "start:Start a node that was stopped",
      "stop:Stop a node; it keeps what it has",
      "files",
    ]);
  });

  it.skipIf(!has("fish"))("fish: completes what it is asked for", async () => {
    const script =
      "culvert completion --shell fish | source; complete -C 'culvert node st'; complete -C 'culvert run si'";
    const lines = await shell("fish", ["--no-config"], script);
    expect(lines).toEqual([
      "start\tStart a node that was stopped",
      "stop\tStop a node; it keeps what it has",
      expect.stringMatching(/^site\.yaml/),
    ]);
  });

  it("needs a shell it knows", async () => {
    expect((await cli.run("completion")).code).toBe(64);
    expect((await cli.run("completion --shell tcsh")).code).toBe(64);
  });
});
