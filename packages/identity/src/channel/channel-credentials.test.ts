import { describe, expect, it, vi } from "vitest";
import { issueCredential, verifyCredential } from "../credential/credential.js";
import { maxShownCredentials } from "../limits.js";
import { newIdentity } from "../testing/seeds.js";
import { CredentialStore, credentialChecker } from "./channel-credentials.js";

describe("credentialChecker", () => {
  it("takes what the first authority says that speaks for the peer, and tells why others do not count", async () => {
    const [first, second, stranger, peer] = await Promise.all([
      newIdentity(),
      newIdentity(),
      newIdentity(),
      newIdentity(),
    ]);
    const refused: string[] = [];
    const checker = credentialChecker({
      issuers: [first.identifier, second.identifier],
      onRefused: (error) => refused.push((error as Error).message),
    });
    const of = (issuer: typeof first, subject: string, role: string): Promise<Uint8Array> =>
      issueCredential(issuer, subject, { attributes: { role } });
    const credentials = [
      await of(stranger, peer.identifier, "admin"),
      await of(first, stranger.identifier, "admin"),
      await of(second, peer.identifier, "second"),
      await of(first, peer.identifier, "first"),
      new Uint8Array(3),
    ];
    const found = await checker.check(credentials, peer.identifier);
    expect({ ...found?.attributes }).toEqual({ role: "first" });
    expect(found?.expiresAtMs).toBeGreaterThan(Date.now());
    expect(refused).toHaveLength(3);
    expect(await checker.check(credentials.slice(0, 2), peer.identifier)).toBeUndefined();
    expect(await checker.check([], peer.identifier)).toBeUndefined();
  });

  it("looks at eight credentials and no more", async () => {
    const [issuer, peer] = [await newIdentity(), await newIdentity()];
    const credential = await issueCredential(issuer, peer.identifier);
    const checker = credentialChecker({ issuers: [issuer.identifier] });
    const shown = new Array(maxShownCredentials).fill(credential);
    expect(await checker.check(shown, peer.identifier)).toBeDefined();
    expect(await checker.check([...shown, credential], peer.identifier)).toBeUndefined();
  });
});

describe("CredentialStore", () => {
  it("shows the newest of each authority until it ends, and has room for eight", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const store = new CredentialStore();
      const peer = await newIdentity();
      const put = async (role: string, issuer = peer): Promise<boolean> => {
        const bytes = await issueCredential(issuer, peer.identifier, {
          attributes: { role },
          lifetimeMs: 5_000,
        });
        return store.put(await verifyCredential(bytes, { issuers: [issuer.identifier] }));
      };
      expect(await put("old")).toBe(true);
      expect(await put("new")).toBe(true);
      expect(store.list().map(({ attributes }) => attributes.role)).toEqual(["new"]);
      for (let index = 1; index < maxShownCredentials; index++) await put("other", await newIdentity());
      expect(await put("one too many", await newIdentity())).toBe(false);
      expect(await store.credentials()).toHaveLength(maxShownCredentials);
      vi.setSystemTime(Date.now() + 5_000);
      expect(await store.credentials()).toEqual([]);
      expect(await put("there is room again", await newIdentity())).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });
});
