import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { culvert, type ShownNode } from "../../test-support/culvert.js";
import { HomeIdentities } from "../identities/home-identities.js";
import { isAlive } from "../state/process-identity.js";

// Real processes on a machine that may be busy.
const timeout = 60_000;

/** A process that ended and was not yet waited for does not run. */
function isRunning(pid: number): boolean {
  return isAlive({ pid, birth: "unknown" });
}

describe("reset", { timeout }, () => {
  it("removes all state, twice", async () => {
    await using cli = await culvert();
    const { pid } = await cli.json<ShownNode>("node create n1");
    const identities = new HomeIdentities(cli.home);
    await identities.use();
    const outside = join(cli.home, "../vault");
    await identities.vaults.create({ name: "v", path: outside });
    await identities.remembered.remember("/node/n2/secure/api", identities.find().identifier);
    const { history, identifier } = identities.find();
    const membership = { authority: identifier, history: Buffer.from(history).toString("hex"), routes: [] };
    await identities.memberships.add({ ...membership, identity: "default" });
    await cli.ok("reset --yes");
    await cli.ok("reset --yes");
    expect(existsSync(outside)).toBe(true);
    expect(existsSync(cli.home)).toBe(false);
    expect(isRunning(pid as number)).toBe(false);
  });
});
