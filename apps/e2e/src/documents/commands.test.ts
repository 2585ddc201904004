import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { pnpmVersion, root } from "../packages/installer.js";

const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");

interface Manifest {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

const folders = ["packages", "apps"].flatMap((kind) =>
  readdirSync(join(root, kind)).map((name) => join(kind, name)),
);
const workspace = ["", ...folders].filter((folder) => existsSync(join(root, folder, "package.json")));
const manifests: readonly Manifest[] = await Promise.all(
  workspace.map(async (folder) => JSON.parse(await read(join(folder, "package.json")))),
);
const [rootManifest] = manifests;

const paths = [...workspace.map((folder) => join(folder, "README.md")), "CONTRIBUTING.md"];
const documents = await Promise.all(
  paths
    .filter((path) => existsSync(join(root, path)))
    .map(async (path) => ({ path, text: await read(path) })),
);

const ciRun = await read(".ci/run");

/** Each time a document calls pnpm by its bare name: the package it asks for, if any, and the command. */
function pnpmCalls(
  text: string,
): readonly { readonly filter: string | undefined; readonly command: string }[] {
  const calls = text.matchAll(/(?:^|`|&& )pnpm (?:--filter (\S+) )?([a-z][\w:-]*)/gm);
  return [...calls].map(([, filter, command = ""]) => ({ filter, command }));
}

describe("the commands in README, CONTRIBUTING and .ci/run", () => {
  const versioned = [...documents, { path: ".ci/run", text: ciRun }];
  it.each(versioned)("$path names the pnpm of this repository wherever it names a version", ({ text }) => {
    const versions = [...text.matchAll(/pnpm@([\d.]+)/g)].map(([, version]) => version);
    expect(versions).toEqual(versions.map(() => pnpmVersion));
  });

  it.each(documents.filter(({ text }) => pnpmCalls(text).length > 0))(
    "$path says what pnpm is where there is none, before it calls it",
    ({ text }) => {
      expect(text).toContain(`\nalias pnpm='npx -y pnpm@${pnpmVersion}'`);
      expect(text.indexOf("alias pnpm=")).toBeLessThan(text.search(/^(\| `)?pnpm /m));
    },
  );

  it.each(documents.flatMap(({ path, text }) => pnpmCalls(text).map((call) => ({ path, ...call }))))(
    "$path: pnpm $command $filter is there",
    async ({ filter, command }) => {
      const manifest = filter === undefined ? rootManifest : manifests.find(({ name }) => name === filter);
      const isThere =
        command in (manifest?.scripts ?? {}) || existsSync(join(root, "node_modules", ".bin", command));
      expect(isThere || filter?.includes("<")).toBe(true);
    },
  );

  it("no script bears the name of a command of pnpm, which would run instead", async () => {
    const { stdout } = await execa("npx", ["-y", `pnpm@${pnpmVersion}`, "help", "--all"], { cwd: root });
    const commands = [...stdout.matchAll(/^ +([a-z][a-z, -]*?)(?: {2,}|$)/gm)].flatMap(([, names = ""]) =>
      names.split(", "),
    );
    expect(commands).toEqual(expect.arrayContaining(["peers", "publish"]));
    const scripts = manifests.flatMap(({ scripts = {} }) => Object.keys(scripts));
    // What it does under the name `test` is to run the script.
    expect(scripts.filter((script) => script !== "test" && commands.includes(script))).toEqual([]);
  }, 60_000);
});
