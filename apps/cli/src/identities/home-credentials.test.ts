import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createIdentity,
  issueCredential,
  memoryVault,
  type OwnIdentity,
  verifyCredential,
} from "@x/identity";
import { afterEach, describe, expect, it, vi } from "vitest";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import { HomeCredentials } from "./home-credentials.js";
import { maxRememberedListeners } from "./limits.js";
import { RememberedListeners } from "./remembered-listeners.js";

const code = (expected: string): object => expect.objectContaining({ code: expected });

afterEach(() => {
  vi.useRealTimers();
});

const vault = memoryVault();

async function issued(issuer: OwnIdentity, subject: OwnIdentity, role: string) {
  const bytes = await issueCredential(issuer, subject.identifier, {
    attributes: { role },
    lifetimeMs: 60_000,
  });
  return verifyCredential(bytes, { issuers: [issuer.identifier] });
}

describe("HomeCredentials", () => {
  it("keeps the newest of each authority for an identity, by scope and node", async () => {
    await using home = await temporaryFolder();
    const [authority, other, member] = [
      await createIdentity(vault),
      await createIdentity(vault),
      await createIdentity(vault),
    ];
    const credentials = new HomeCredentials(home.path);
    expect(await credentials.list()).toEqual([]);
    const { identifier: subject } = member;
    await credentials.store(await issued(authority, member, "old"));
    await credentials.store(await issued(authority, member, "web"));
    await credentials.store(await issued(authority, member, "db"), { scope: "test" });
    await credentials.store(await issued(other, member, "guest"), { node: "n1" });
    await credentials.store(await issued(authority, other, "web"));
    expect(await new HomeCredentials(home.path).list()).toHaveLength(4);
    const roles = async (of: { node: string; scope?: string }): Promise<unknown[]> =>
      (await credentials.valid({ subject, ...of })).map(({ attributes }) => attributes.role);
    expect(await roles({ node: "n1" })).toEqual(["web", "guest"]);
    expect(await roles({ node: "n2" })).toEqual(["web"]);
    expect(await roles({ node: "n2", scope: "test" })).toEqual(["db"]);
  });

  it("lists those that expired until others are stored, and counts them no more", async () => {
    await using home = await temporaryFolder();
    vi.useFakeTimers({ toFake: ["Date"] });
    const [authority, member] = [await createIdentity(vault), await createIdentity(vault)];
    const credentials = new HomeCredentials(home.path);
    await credentials.store(await issued(authority, member, "web"));
    vi.setSystemTime(Date.now() + 60_000);
    expect(await credentials.list()).toMatchObject([{ attributes: { role: "web" } }]);
    expect(await credentials.valid({ subject: member.identifier, node: "n1" })).toEqual([]);
    await credentials.store(await issued(authority, member, "db"), { scope: "other" });
    expect(await credentials.list()).toMatchObject([{ scope: "other" }]);
  });

  it("lists nothing that was changed on the disk", async () => {
    await using home = await temporaryFolder();
    const [authority, member] = [await createIdentity(vault), await createIdentity(vault)];
    const credentials = new HomeCredentials(home.path);
    await credentials.store(await issued(authority, member, "web"));
    const path = join(home.path, "credentials.json");
    const text = await readFile(path, "utf8");
    const hex = Buffer.from("web").toString("hex");
    await writeFile(path, text.replace(hex, Buffer.from("adm").toString("hex")));
    await expect(credentials.list()).rejects.toThrow(code("CREDENTIAL_INVALID"));
    await writeFile(path, '{"version":1,"credentials":[{}]}');
    await expect(credentials.list()).rejects.toThrow(code("STATE_CORRUPT"));
  });
});

describe("RememberedListeners", () => {
  const identifier = (digit: string): string => `I${digit.repeat(64)}`;

  it("keeps the first identity of a route, also when several come at once", async () => {
    await using home = await temporaryFolder();
    const remembered = new RememberedListeners(home.path);
    expect(remembered.get("r")).toBeUndefined();
    const others = ["1", "2", "3"].map((digit) =>
      new RememberedListeners(home.path).remember("r", identifier(digit)),
    );
    const [first] = await Promise.all(others);
    expect(remembered.get("r")).toBe(first);
    expect(new Set(await Promise.all(others)).size).toBe(1);
    expect(await remembered.remember("r", identifier("9"))).toBe(first);
    expect(await remembered.forget(identifier("9"))).toBe(0);
    expect(await remembered.forget(first as string)).toBe(1);
    expect(await remembered.remember("r", identifier("9"))).toBe(identifier("9"));
  });

  it("forgets the oldest beyond its limit", async () => {
    await using home = await temporaryFolder();
    const listeners = Array.from({ length: maxRememberedListeners }, (_, index) => [
      `${index}`,
      identifier("a"),
    ]);
    await writeFile(join(home.path, "remembered-listeners.json"), JSON.stringify({ version: 1, listeners }));
    const remembered = new RememberedListeners(home.path);
    await remembered.remember("new", identifier("b"));
    expect([remembered.get("0"), remembered.get("1"), remembered.get("new")]).toEqual([
      undefined,
      identifier("a"),
      identifier("b"),
    ]);
  });
});
