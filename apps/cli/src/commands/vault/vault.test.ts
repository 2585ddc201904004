import { existsSync } from "node:fs";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { culvert } from "../../../test-support/culvert.js";
import type { VaultView } from "./vault-view.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

const failed = (code: number, text: string | RegExp): object => ({
  code,
  stdout: "",
  stderr: typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text),
});

describe("vault", { timeout }, () => {
  it("creates, shows and lists: the first one is the default", async () => {
    await using cli = await culvert();
    expect(await cli.ok("vault list")).toBe("[]");
    expect(await cli.ok("vault list --output plain")).toMatch(/^There are no vaults/);
    expect(await cli.ok("vault create v1")).toBe("v1");
    const path = join(cli.home, "vaults/v1");
    expect(await cli.json("vault show v1")).toEqual({
      vault: { name: "v1", type: "file", path, is_default: true, is_sealed: false, use_aws_kms: "No" },
      name: "v1",
      use_aws_kms: "No",
    });
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    const random = await cli.ok("vault create");
    expect(random).toMatch(/^[a-z]+-[a-z]+$/);
    const elsewhere = join(cli.home, "../elsewhere");
    const made = await cli.json<VaultView>(["vault", "create", "v2", "--path", elsewhere]);
    expect(made).toMatchObject({ name: "v2", vault: { path: elsewhere, is_default: false } });
    const names = (await cli.json<VaultView[]>("vault list")).map(({ name }) => name);
    expect(names).toEqual(["v1", random, "v2"]);
    expect(await cli.ok("vault list --output plain")).toMatch(
      /^Vault v1 \(default\)\n {2}Type +file\n {2}Path +\S+v1\n {2}Protected by +its files\n\nVault /,
    );
    expect((await cli.json<VaultView>("vault show")).name).toBe("v1");
    expect(await cli.run("vault create v1")).toMatchObject(failed(73, "RESOURCE_NAME_TAKEN"));
    expect(await cli.run(["vault", "create", "v3", "--path", elsewhere])).toMatchObject(
      failed(73, "VAULT_TAKEN"),
    );
    expect(await cli.run("vault create ../v")).toMatchObject(failed(64, "USAGE_INVALID"));
    expect(await cli.run("vault show v4")).toMatchObject(failed(69, "not found"));
  });

  it("deletes vaults that no identity uses, after a yes", async () => {
    await using cli = await culvert();
    for (const line of ["vault delete", "vault delete v", "vault delete --all", "vault show v"])
      expect(await cli.run(line)).toMatchObject({ code: 0, stdout: "[]\n" });
    for (const name of ["v1", "v2", "v3"]) await cli.ok(`vault create ${name}`);
    expect(await cli.run("vault delete v1")).toMatchObject(failed(64, /--yes[\s\S]+CONFIRMATION_NEEDED/));
    expect(await cli.run("vault delete --all")).toMatchObject(failed(64, "--yes"));
    expect(await cli.run("vault delete v1 --all --yes")).toMatchObject(
      failed(64, "give one of NAME and --all"),
    );
    expect(await cli.run("vault delete v4 --yes")).toMatchObject(failed(69, "not found"));
    await cli.ok("identity create i --vault v2");
    expect(await cli.run("vault delete v2 --yes")).toMatchObject(
      failed(70, /keys of i[\s\S]+RESOURCE_IN_USE/),
    );
    expect(await cli.run("vault delete --all --yes")).toMatchObject(failed(70, "RESOURCE_IN_USE"));
    expect(await readdir(join(cli.home, "vaults"))).toEqual(["v1", "v2", "v3"]);
    await cli.ok("identity delete i --yes");
    expect(await cli.json("vault delete v2 --yes")).toEqual({ name: "v2" });
    expect(await cli.ok("vault delete --all -y --output plain")).toBe(
      "✔ Deleted vault v1\n✔ Deleted vault v3",
    );
    expect(await readdir(join(cli.home, "vaults"))).toEqual([]);
  });

  it("moves a vault, and never the default one", async () => {
    await using cli = await culvert();
    await cli.ok("vault create v1");
    const [one, two] = [join(cli.home, "one"), join(cli.home, "two")];
    expect(await cli.run(["vault", "move", "v1", "--path", one])).toMatchObject(failed(70, "default vault"));
    await cli.ok(["vault", "create", "v2", "--path", one]);
    const identifier = await cli.ok("identity create i --vault v2");
    expect(await cli.ok(["vault", "move", "v2", "--path", two])).toBe(two);
    expect(existsSync(one)).toBe(false);
    expect((await cli.json<VaultView>("vault show v2")).vault.path).toBe(two);
    expect(await cli.ok("identity rotate i")).toBe(identifier);
    expect(await cli.run(["vault", "move", "v2", "--path", cli.home])).toMatchObject(
      failed(73, "VAULT_TAKEN"),
    );
    expect(await cli.run(["vault", "move", "v3", "--path", two])).toMatchObject(failed(69, "not found"));
    expect(await cli.run("vault move v2")).toMatchObject(failed(64, "--path"));
  });

  it("seals a vault with a passphrase from a file or a descriptor, and shows it nowhere [vault-passphrase]", async () => {
    await using cli = await culvert();
    const file = join(cli.home, "../passphrase");
    await writeFile(file, "hunter2\n", { mode: 0o600 });
    await cli.ok(["vault", "create", "v1", "--passphrase-file", file]);
    expect((await cli.json<VaultView>("vault show")).vault.is_sealed).toBe(true);
    const locked = await cli.run("identity create i");
    expect(locked).toMatchObject(failed(70, /CULVERT_PASSPHRASE_FILE[\s\S]+VAULT_LOCKED/));
    const env = { CULVERT_PASSPHRASE_FILE: file };
    const identifier = await cli.ok("identity create i", { env });
    expect(await cli.ok("identity show i")).toBe(identifier);
    await cli.ok("vault create v2 --passphrase-file -", { input: "hunter3" });
    const wrong = await cli.run("identity create j --vault v2", { env });
    expect(wrong).toMatchObject(failed(70, "VAULT_LOCKED"));
    expect(wrong.stderr).not.toMatch(/hunter/);
    const descriptor = { CULVERT_PASSPHRASE_FILE: "/dev/fd/0" };
    await cli.ok("identity create j --vault v2", { env: descriptor, input: "hunter3\n" });
    // The variable seals new vaults too.
    await cli.ok("vault create v3", { env });
    expect((await cli.json<VaultView>("vault show v3")).vault.is_sealed).toBe(true);
    expect(await cli.run("vault create v4 --passphrase")).toMatchObject(failed(64, "no terminal"));
    expect(await cli.run(["vault", "create", "v4", "--passphrase", "--passphrase-file", file])).toMatchObject(
      failed(64, "two passphrases"),
    );
    await cli.ok("identity delete --all --yes");
    await cli.ok("vault delete --all --yes");
  });

  it("is opened for nodes in the background by the command that starts them", async () => {
    await using cli = await culvert();
    await cli.ok("vault create v1 --passphrase-file -", { input: "hunter2" });
    expect(await cli.run("node create n1")).toMatchObject(failed(70, "VAULT_LOCKED"));
    expect(await cli.json("node list")).toEqual([]);
    const given = { env: { CULVERT_PASSPHRASE_FILE: "-" }, input: "hunter2" };
    await cli.ok("node create n1", given);
    expect(await cli.ok("message send hi --to /node/n1/secure/api/service/uppercase", given)).toBe("HI");
    await cli.ok("node stop n1");
    expect(await cli.run("node start n1")).toMatchObject(failed(70, "VAULT_LOCKED"));
    await cli.ok("node start n1", given);
    await cli.ok("node stop n1");
    const file = join(cli.home, "../passphrase");
    await writeFile(file, "hunter2", { mode: 0o600 });
    await cli.ok("node start n1", { env: { CULVERT_PASSPHRASE_FILE: file } });
    const { pid } = await cli.json<{ pid: number }>("node show n1");
    const shown = ["cmdline", "environ"].map((part) =>
      readFile(`/proc/${pid}/${part}`, "utf8").catch(() => ""),
    );
    const log = await readFile(await cli.ok("node logs n1"), "utf8");
    expect((await Promise.all(shown)).join() + log).not.toContain("hunter2");
  });
});
