import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Culvert, culvert } from "../../../test-support/culvert.js";
import type { StoredCredentialView } from "./credential-view.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

const failed = (code: number, text: string | RegExp): object => ({
  code,
  stdout: "",
  stderr: typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text),
});

/** A home with an authority and a member. */
async function withIdentities(cli: Culvert): Promise<{ authority: string; member: string }> {
  return {
    authority: await cli.ok("identity create authority"),
    member: await cli.ok("identity create member"),
  };
}

describe("credential", { timeout }, () => {
  it("issues, verifies, stores and lists", async () => {
    await using cli = await culvert();
    const { authority, member } = await withIdentities(cli);
    const said = ["--attribute", "application=Smart Factory", "--attribute", "city=New York = NY"];
    const issue = ["credential", "issue", "--as", "authority", "--for", member, ...said];
    const hex = await cli.ok([...issue, "--encoding", "hex"]);
    expect(hex).toMatch(/^[0-9a-f]+$/);
    const path = join(cli.home, "credential");
    await writeFile(path, `${hex}\n`);
    expect(await cli.ok(["credential", "verify", "--issuer", authority, "--credential-path", path])).toBe(
      "true",
    );
    expect(await cli.ok(["credential", "verify", "--issuer", "authority", "--credential", hex])).toBe("true");
    const piped = { input: hex };
    expect(await cli.ok("credential verify --issuer authority --credential-path -", piped)).toBe("true");
    expect(await cli.json(["credential", "verify", "--issuer", authority, "--credential", hex])).toBe(true);
    expect(await cli.ok("credential list")).toBe("[]");
    expect(await cli.ok("credential list --output plain")).toMatch(/^There are no credentials/);
    await cli.ok([
      "credential",
      "store",
      "--issuer",
      authority,
      "--credential-path",
      path,
      "--scope",
      "test",
    ]);
    const attributes = { application: "Smart Factory", city: "New York = NY" };
    const listed = await cli.json<StoredCredentialView[]>("credential list");
    expect(listed).toMatchObject([
      {
        subject: member,
        issuer: authority,
        attributes,
        scope: "test",
        node: null,
        is_expired: false,
        credential: hex,
      },
    ]);
    expect(Object.keys(listed[0] ?? {})).toEqual([
      "scope",
      "node",
      "subject",
      "issuer",
      "attributes",
      "created_at",
      "expires_at",
      "is_expired",
      "credential",
    ]);
    const { created_at, expires_at } = listed[0] as StoredCredentialView;
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBe(1_800_000);
    expect(await cli.ok("credential list")).toContain('"application": "Smart Factory"');
    expect(await cli.ok("credential list --scope other")).toBe("[]");
    expect(await cli.ok("credential list --output plain")).toMatch(
      /^Credential of I\S+\n {2}Issuer +I\S+\n {2}Attributes +application="Smart Factory", city="New York = NY"\n/,
    );
  });

  it("issues as the default identity, about names too, for as long as is said", async () => {
    await using cli = await culvert();
    const { authority, member } = await withIdentities(cli);
    const json = await cli.json("credential issue --for member --ttl 2m");
    expect(json).toMatchObject({ issuer: authority, subject: member, attributes: {} });
    const { created_at, expires_at } = json as StoredCredentialView;
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBe(120_000);
    const text = await cli.ok("credential issue --for member --encoding plain");
    expect(text).toMatch(/^Credential of I[\s\S]+Attributes +none/);
    expect(await cli.ok("credential issue --for member --output plain --encoding hex")).toMatch(
      /^[0-9a-f]+$/,
    );
    for (const [option, reason] of [
      ["--ttl 367d", "longer than 366 days"],
      ["--ttl soon", "no duration"],
      ["--ttl 0", "no time at all"],
      ["--attribute role", "it is not name=value"],
      ["--attribute =web", "it is not name=value"],
      ["--attribute a=1 --attribute a=2", "a is given twice"],
      ["--attribute identifier=x", "no name of an attribute"],
      ["--attribute __proto__=x", "no name of an attribute"],
    ]) {
      expect(await cli.run(`credential issue --for member ${option}`)).toMatchObject(
        failed(64, reason as string),
      );
    }
    expect(await cli.run("credential issue --for nobody")).toMatchObject(failed(69, "not found"));
    expect(await cli.run("credential issue --as nobody --for member")).toMatchObject(failed(69, "not found"));
    expect(await cli.run("credential issue")).toMatchObject(failed(64, "--for"));
  });

  it("says false of what does not hold, and why on standard error, and stores none of it [credential-verified]", async () => {
    await using cli = await culvert();
    const { authority, member } = await withIdentities(cli);
    const path = join(cli.home, "bad");
    await writeFile(path, "aabbcc\n");
    const good = await cli.ok("credential issue --as authority --for member");
    const ended = await cli.ok("credential issue --as authority --for member --ttl 0.001");
    for (const [issuer, option, reason] of [
      [authority, ["--credential-path", path], "CREDENTIAL_INVALID"],
      [authority, ["--credential", "hello"], "CREDENTIAL_INVALID"],
      [
        authority,
        ["--credential", `${good.slice(0, -1)}${good.endsWith("0") ? "1" : "0"}`],
        "CREDENTIAL_INVALID",
      ],
      [member, ["--credential", good], "CREDENTIAL_INVALID"],
      [authority, ["--credential", ended], "CREDENTIAL_EXPIRED"],
    ] as const) {
      const verified = await cli.run(["credential", "verify", "--issuer", issuer, ...option]);
      expect(verified).toMatchObject({
        code: 0,
        stdout: "false\n",
        stderr: expect.stringMatching(/Cannot (use|read) credential/),
      });
      const stored = await cli.run(["credential", "store", "--issuer", issuer, ...option]);
      expect(stored).toMatchObject(failed(70, "Credential is not verified"));
      expect(stored.stderr).toContain(reason);
    }
    expect(await cli.ok("credential list")).toBe("[]");
    const which = failed(64, "give one of --credential and --credential-path");
    expect(await cli.run("credential verify --issuer authority")).toMatchObject(which);
    expect(
      await cli.run(["credential", "verify", "--issuer", authority, "--credential-path", "/none"]),
    ).toMatchObject(failed(64, "no such file"));
    expect(await cli.run("credential verify --issuer nobody --credential 00")).toMatchObject(
      failed(69, "not found"),
    );
    // Whoever knows the newer history does not believe the old key.
    await cli.ok("identity rotate authority");
    expect(await cli.ok(["credential", "verify", "--issuer", authority, "--credential", good])).toBe("false");
  });

  it("stores for one node or for all, and warns of what nobody here can use", async () => {
    await using cli = await culvert();
    const { authority, member } = await withIdentities(cli);
    await cli.ok("node create n1");
    const store = async (about: string, ...more: string[]): Promise<string> => {
      const hex = await cli.ok(`credential issue --as authority --for ${about}`);
      const run = await cli.run(["credential", "store", "--issuer", authority, "--credential", hex, ...more]);
      expect(run.code).toBe(0);
      return run.stderr;
    };
    expect(await store(member, "--at", "/node/n1")).toBe("");
    expect(await store(member)).toBe("");
    expect(await store(member)).toBe("");
    const stranger = `I${"0".repeat(64)}`;
    expect(await store(stranger)).toContain("No identity of this home can use it");
    const nodes = async (line: string): Promise<unknown[]> =>
      (await cli.json<StoredCredentialView[]>(line)).map(({ node, scope }) => [node, scope]);
    expect(await nodes("credential list")).toEqual([
      ["n1", "default"],
      [null, "default"],
      [null, "default"],
    ]);
    expect(await nodes("credential list --at n1")).toHaveLength(3);
    await cli.ok("node create n2");
    expect(await nodes("credential list --at n2")).toHaveLength(2);
    expect(await cli.run("credential list --at n3")).toMatchObject(failed(69, "not found"));
    expect(await cli.run(`credential store --issuer ${authority} --credential 00 --at n3`)).toMatchObject(
      failed(69, "not found"),
    );
  });
});
