import { describe, expect, it } from "vitest";
import { culvert } from "../../../test-support/culvert.js";
import type { IdentityView } from "./identity-view.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

const failed = (code: number, text: string | RegExp): object => ({
  code,
  stdout: "",
  stderr: typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text),
});

const identifierShape = /^I[0-9a-f]{64}$/;

describe("identity", { timeout }, () => {
  it("creates and shows: the identifier, the public history, and one line of it", async () => {
    await using cli = await culvert();
    const identifier = await cli.ok("identity create i");
    expect(identifier).toMatch(identifierShape);
    expect(await cli.ok("identity show i")).toBe(identifier);
    expect(await cli.ok("identity show --output plain")).toBe(identifier);
    expect(await cli.json("identity show")).toEqual({
      name: "i",
      identifier,
      is_default: true,
      vault: "default",
    });
    const key = /primary_public_key: Ed25519 ([0-9a-f]{64})$/;
    const full = await cli.ok("identity show i --full");
    expect(full).toMatch(
      /^Identifier: I[0-9a-f]{64}\nChange\[0\]:\n {2}primary_public_key: Ed25519 [0-9a-f]{64}$/,
    );
    const hex = await cli.ok("identity show i --full --encoding hex");
    expect(hex).toMatch(/^[0-9a-f]{194}$/);
    const json = await cli.json("identity show i --full");
    const [, publicKey] = key.exec(full) ?? [];
    expect(json).toMatchObject({ identifier, history: hex, changes: [{ primary_public_key: publicKey }] });
    expect(await cli.ok("identity show --full --encoding plain")).toBe(full);
    expect(await cli.run("identity show --encoding hex")).toMatchObject(failed(64, "--full"));
    expect(await cli.ok("identity create")).toMatch(identifierShape);
    const [, random] = await cli.json<IdentityView[]>("identity list");
    expect(random).toMatchObject({ name: expect.stringMatching(/^[a-z]+-[a-z]+$/), is_default: false });
    expect(await cli.run("identity create i")).toMatchObject(failed(73, "RESOURCE_NAME_TAKEN"));
    expect(await cli.run("identity create a/b")).toMatchObject(failed(64, "USAGE_INVALID"));
    expect(await cli.run("identity create j --vault v")).toMatchObject(failed(69, 'vault "v": not found'));
    expect(await cli.run("identity show j")).toMatchObject(failed(69, 'identity "j": not found'));
  });

  it("lists and deletes", async () => {
    await using cli = await culvert();
    expect(await cli.ok("identity list")).toBe("[]");
    expect(await cli.ok("identity list --output plain")).toMatch(/^There are no identities/);
    for (const line of [
      "identity show",
      "identity show i",
      "identity delete",
      "identity delete --all",
      "identity default",
    ])
      expect(await cli.run(line)).toMatchObject({ code: 0, stdout: "[]\n" });
    const identifiers: string[] = [];
    for (const name of ["i1", "i2", "i3"]) identifiers.push(await cli.ok(`identity create ${name}`));
    expect(await cli.ok("identity list --output plain")).toBe(
      ["i1 (default)", "i2", "i3"]
        .map(
          (title, index) => `Identity ${title}\n  Identifier  ${identifiers[index]}\n  Vault       default`,
        )
        .join("\n\n"),
    );
    expect(await cli.run("identity delete i1")).toMatchObject(failed(64, "--yes"));
    expect(await cli.json("identity delete i1 --yes")).toEqual({ name: "i1" });
    expect(await cli.run("identity delete i1 --yes")).toMatchObject(failed(69, "not found"));
    expect((await cli.json<IdentityView[]>("identity list")).map(({ name }) => name)).toEqual(["i2", "i3"]);
    expect(await cli.run("identity delete --all i2 -y")).toMatchObject(
      failed(64, "give one of NAME and --all"),
    );
    expect(await cli.ok("identity delete -a -y")).toBe("i2\ni3");
    expect(await cli.ok("identity list --output json")).toBe("[]");
    expect(await cli.ok("identity delete")).toBe("[]");
  });

  it("stays while a node uses it, or something that a node has [identity-in-use]", async () => {
    await using cli = await culvert();
    await cli.ok("node create n1 --identity i1");
    await cli.ok("secure-channel-listener create gate --at n1 --identity i2");
    await cli.ok("identity create i3");
    for (const name of ["i1", "i2"])
      expect(await cli.run(`identity delete ${name} --yes`)).toMatchObject(
        failed(70, /node n1[\s\S]+RESOURCE_IN_USE/),
      );
    expect(await cli.run("identity delete --all --yes")).toMatchObject(failed(70, "RESOURCE_IN_USE"));
    expect(await cli.json("identity list")).toHaveLength(3);
    await cli.ok("identity delete i3 --yes");
    await cli.ok("node delete n1 --yes");
    await cli.ok("identity delete --all --yes");
  });

  it("has a default, which can be changed", async () => {
    await using cli = await culvert();
    await cli.ok("identity create i1");
    expect(await cli.ok("identity default")).toBe("The name of the default identity is 'i1'");
    expect(await cli.ok("identity default --output plain")).toBe("The name of the default identity is 'i1'");
    expect(await cli.json("identity default")).toEqual({ name: "i1" });
    const again = failed(64, "The identity named 'i1' is already the default");
    expect(await cli.run("identity default i1")).toMatchObject(again);
    await cli.ok("identity create i2");
    expect(await cli.ok("identity default i2")).toBe("i2");
    expect(await cli.ok("identity default")).toBe("The name of the default identity is 'i2'");
    expect(await cli.run("identity default i3")).toMatchObject(failed(69, "not found"));
    await cli.ok("identity delete i2 --yes");
    expect(await cli.json("identity default")).toEqual({ name: "i1" });
  });

  it("takes back what it exported: to be named, not used", async () => {
    await using cli = await culvert();
    const identifier = await cli.ok("identity create i");
    await cli.ok("identity rotate");
    const exported = await cli.ok("identity show --full --encoding hex");
    expect(await cli.run(["identity", "create", "j", "--identity", exported])).toMatchObject(
      failed(73, 'is there as "i"'),
    );
    await cli.ok("identity delete --all --yes");
    expect(await cli.ok(["identity", "create", "j", "--identity", exported])).toBe(identifier);
    expect(await cli.ok("identity show --full --encoding hex")).toBe(exported);
    expect(await cli.json("identity list")).toEqual([
      { name: "j", identifier, is_default: true, vault: null },
    ]);
    expect(await cli.run("identity rotate j")).toMatchObject(failed(69, "without its key"));
    expect(await cli.run(`credential issue --for ${identifier}`)).toMatchObject(
      failed(69, "VAULT_KEY_NOT_FOUND"),
    );
    await cli.ok("identity delete j --yes");
    const changed = `${exported.slice(0, -2)}${exported.endsWith("00") ? "01" : "00"}`;
    expect(await cli.run(["identity", "create", "--identity", changed])).toMatchObject(
      failed(70, "IDENTITY_INVALID"),
    );
    expect(await cli.run("identity create --identity hello")).toMatchObject(failed(70, "IDENTITY_INVALID"));
    expect(await cli.run(["identity", "create", "--identity", exported, "--vault", "v"])).toMatchObject(
      failed(64, "USAGE_INVALID"),
    );
  });

  it("rotates: the identifier stays, the history grows", async () => {
    await using cli = await culvert();
    expect(await cli.ok("identity rotate")).toBe("[]");
    const identifier = await cli.ok("identity create i");
    expect(await cli.ok("identity rotate i")).toBe(identifier);
    expect(await cli.json("identity rotate")).toEqual({
      name: "i",
      identifier,
      is_default: true,
      vault: "default",
    });
    const full = await cli.ok("identity show --full");
    expect(full.match(/Change\[\d\]/g)).toEqual(["Change[0]", "Change[1]", "Change[2]"]);
    expect(await cli.run("identity rotate j")).toMatchObject(failed(69, "not found"));
  });
});
