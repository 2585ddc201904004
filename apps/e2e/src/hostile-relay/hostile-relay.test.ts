import { describe, expect, it } from "vitest";
import { longTestMs } from "../harness/limits.js";
import { hasProc } from "../harness/processes.js";
import { attacks } from "./attacks.js";
import { runHostileRelay } from "./run-hostile-relay.js";

describe.runIf(hasProc)("a relay that does all it can", { timeout: 2 * longTestMs }, () => {
  it("neither reads nor alters what passes it through a channel [sealed-hostile-relay]", async () => {
    const { assaults, found, foundUnsealed, violations } = await runHostileRelay({
      bytes: 200_000,
      streams: 2,
    });
    expect(violations).toEqual([]);
    expect({ assaults: assaults.length, found }).toEqual({ assaults: Object.keys(attacks).length, found: 0 });
    expect(foundUnsealed).toBeGreaterThan(0);
    for (const { attack, messages, whole, reset } of assaults) {
      expect([attack, messages > 10, whole + reset]).toEqual([attack, true, 2]);
    }
    const spared = assaults.filter(({ whole }) => whole === 2).map(({ attack }) => attack);
    expect(spared).toEqual(
      expect.arrayContaining(["reads", "alters", "drops", "replays", "reorders", "injects"]),
    );
  });
});
