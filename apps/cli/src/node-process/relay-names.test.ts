import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { start, startListening, stored, to, until } from "../../test-support/runtimes.js";
import { relayNameStore } from "./relay-names.js";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "culvert-relay-names-"));
  folders.push(folder);
  return join(folder, "relay-names.json");
}

describe("relayNameStore()", () => {
  it("keeps a name for its owner when the relay's node is restarted while he is away [relay-owner]", async () => {
    const path = newPath();
    const [n2, hop] = await startListening("n2", { relayNames: relayNameStore(path) });
    const owner = await start("n3");
    await owner.operations["relay.create"]({ name: "n3", at: to(hop), waitMs: 5000 });
    const [spec, ownerSpec] = await Promise.all([stored(n2), stored(owner)]);
    await owner.close();
    await n2.close();
    const [kept] = ownerSpec.resources.relay as readonly { readonly token: string }[];
    expect(kept?.token).toMatch(/^[\w-]{20,}$/);
    expect(readFileSync(path, "utf8")).not.toContain(kept?.token);
    expect(statSync(path).mode & 0o077).toBe(0);

    const again = await start("n2", { spec, relayNames: relayNameStore(path) });
    const thief = await start("thief");
    const stolen = thief.operations["relay.create"]({ name: "n3", at: to(hop), waitMs: 5000 });
    await expect(stolen).rejects.toMatchObject({ code: "RELAY_NAME_TAKEN" });
    const back = await start("n3", { spec: ownerSpec });
    await until(async () => (await back.operations["relay.list"]({}))[0]?.connection_status === "Up");
    expect(await again.operations["relay.list"]({})).toMatchObject([{ name: "n3", connection_status: "Up" }]);
  });

  it("frees a name for others at once when its relay is deleted [relay-release]", async () => {
    const [, hop] = await startListening("n2", { relayNames: relayNameStore(newPath()) });
    const [owner, other] = [await start("n3"), await start("n4")];
    const params = { name: "n3", at: to(hop), waitMs: 5000 };
    await owner.operations["relay.create"](params);
    await owner.operations["relay.delete"]({ name: "n3" });
    expect(await other.operations["relay.create"](params)).toMatchObject({ connection_status: "Up" });
  });

  it("knows where connections come from, so that one host has a limit", async () => {
    const [, hop] = await startListening("n2", { limits: { "relays-per-host": 1 } });
    const [first, second] = [await start("n3"), await start("n4")];
    await first.operations["relay.create"]({ name: "a", at: to(hop), waitMs: 5000 });
    await expect(
      second.operations["relay.create"]({ name: "b", at: to(hop), waitMs: 5000 }),
    ).rejects.toMatchObject({
      code: "RELAY_SOURCE_LIMIT_EXCEEDED",
    });
  });

  it("relays without old names when the file is damaged", async () => {
    const path = newPath();
    writeFileSync(path, "{");
    const [n2, hop] = await startListening("n2", { relayNames: relayNameStore(path) });
    const owner = await start("n3");
    await owner.operations["relay.create"]({ name: "n3", at: to(hop), waitMs: 5000 });
    expect(await n2.operations["relay.list"]({})).toHaveLength(1);
  });
});
