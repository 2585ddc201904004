import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import { HomeIdentities } from "./home-identities.js";
import { passphrasesFrom, readPassphraseFile } from "./passphrases.js";

async function written(folder: string, text: string | Buffer, mode = 0o600): Promise<string> {
  const path = join(folder, "passphrase");
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

describe("readPassphraseFile()", () => {
  it.each([
    ["secret", "secret"],
    ["secret\n", "secret"],
    ["a b \r\n", "a b "],
    ["caf\u00e9\n", "caf\u00e9"],
  ])("reads %j", async (text, passphrase) => {
    await using folder = await temporaryFolder();
    expect(await readPassphraseFile(await written(folder.path, text))).toBe(passphrase);
  });

  it.each([
    ["", "it is empty"],
    ["\n", "it is empty"],
    ["hunter2\nhunter3\n", "more than one line"],
    ["hunter2".repeat(200), "over 1026 bytes"],
    [Buffer.from("hunter2\xff", "latin1"), "not UTF-8"],
  ])("refuses %j and does not repeat it", async (text, reason) => {
    await using folder = await temporaryFolder();
    const error = await readPassphraseFile(await written(folder.path, text)).catch(
      (failure: unknown) => failure,
    );
    expect(error).toMatchObject({ code: "USAGE_INVALID", message: expect.stringContaining(reason) });
    expect(String(error)).not.toContain("hunter");
  });

  it.skipIf(process.platform === "win32").each([0o640, 0o604, 0o602])(
    "refuses a file of mode %o, which others may use",
    async (mode) => {
      await using folder = await temporaryFolder();
      const path = await written(folder.path, "secret", mode);
      await expect(readPassphraseFile(path)).rejects.toThrow(/others may read it/);
      await chmod(path, 0o600);
      expect(await readPassphraseFile(path)).toBe("secret");
    },
  );

  it("says what is not there", async () => {
    await expect(readPassphraseFile("/nonexistent/passphrase")).rejects.toThrow(/no such file/);
    await expect(readPassphraseFile("/")).rejects.toThrow(/it is a folder/);
  });
});

describe("passphrasesFrom()", () => {
  it("seals new vaults with what the file holds, and opens them with it, read once", async () => {
    await using home = await temporaryFolder();
    const path = await written(home.path, "secret\n");
    const identities = new HomeIdentities(home.path, passphrasesFrom(path));
    const { identifier } = await identities.use();
    await writeFile(path, "another\n");
    await identities.vaults.create({ name: "v" });
    await writeFile(path, "secret\n");
    expect((await identities.vaults.openLocked("v")).isSealed).toBe(true);
    const again = new HomeIdentities(home.path, passphrasesFrom(path));
    expect((await again.use()).identifier).toBe(identifier);
    await again.vaults.open("v");
    await expect(new HomeIdentities(home.path, passphrasesFrom(undefined)).use()).rejects.toMatchObject({
      code: "VAULT_LOCKED",
    });
  });
});
